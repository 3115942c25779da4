using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Artifacts;

/// <summary>Lets artifacts go whose time is over, and forgets uploads that never came to an end. Their bytes are the blob sweeper's.</summary>
public sealed class ArtifactSweeper(Database database, TimeProvider clock, WakeUps wakeUps, ILogger<ArtifactSweeper> logger) : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>In one statement, so that none holds its locks for long.</summary>
    public const int BatchSize = 500;

    // Two servers at once take different rows. The row stays: a run's page says what was there.
    internal const string Expire = """
        with due as materialized (
            select id, blob_id from actions_artifacts where state = 'available' and expires_at <= @Now order by expires_at limit @BatchSize for update skip locked
        ), expired as (
            update actions_artifacts a set state = 'expired', blob_id = null from due where a.id = due.id
        ), released as (
            update blobs b set state = 'deleted', deleted_at = @Now from due where b.id = due.blob_id and b.state <> 'deleted'
        )
        select count(*)::int from due
        """;

    internal const string Forget = """
        with due as materialized (
            select id, blob_id from actions_artifacts where state = 'pending' and created_at <= @Before order by created_at limit @BatchSize for update skip locked
        ), forgotten as (
            delete from actions_artifacts a using due where a.id = due.id
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
        foreach (var sql in (string[])[Expire, Forget])
        {
            var parameters = new { Now = now, Before = now - BlobSweeper.StagingLimit, BatchSize };
            while (await connection.QuerySingleAsync<int>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)) == BatchSize)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
