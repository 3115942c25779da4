using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Logs;

/// <summary>Lets archived logs go whose time is over. Their bytes are the blob sweeper's.</summary>
public sealed class LogRetention(Database database, ServerOptions options, TimeProvider clock, WakeUps wakeUps, ILogger<LogRetention> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>In one statement, so that none holds its locks for long.</summary>
    public const int BatchSize = 500;

    // Two servers at once take different rows.
    internal const string Expire = """
        with due as materialized (
            select job_execution_id, blob_id from actions_log_archives where expired_at is null and created_at <= @Before order by created_at limit @BatchSize for update skip locked
        ), expired as (
            update actions_log_archives a set blob_id = null, bytes = null, index = '{"streams":[]}', expired_at = @Now from due where a.job_execution_id = due.job_execution_id
        ), released as (
            update blobs b set state = 'deleted', deleted_at = @Now from due where b.id = due.blob_id and b.state <> 'deleted'
        )
        select count(*)::int from due
        """;

    protected override TimeSpan Interval => TimeSpan.FromMinutes(10);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        await using var connection = await database.OpenAsync(cancellationToken);
        var parameters = new { Now = now, Before = now - options.LogRetention, BatchSize };
        while (await connection.QuerySingleAsync<int>(new CommandDefinition(Expire, parameters, cancellationToken: cancellationToken)) == BatchSize)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
