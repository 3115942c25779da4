using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Identity;

/// <summary>Deletes sessions that ended or expired some time ago: a table that only grows is read more slowly by every sign-in.</summary>
public sealed class SessionSweeper(Database database, TimeProvider clock, WakeUps wakeUps, ILogger<SessionSweeper> logger) : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>How long an ended session can still be looked at by whoever investigates something.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromDays(30);

    /// <summary>In one statement, so that none holds its locks for long.</summary>
    public const int BatchSize = 1000;

    // Two servers at once delete different rows. The table holds a month of sign-ins at most, so that reading it once an hour is nothing.
    private const string Delete = """
        delete from sessions where id in (
            select id from sessions where coalesce(ended_at, expires_at) < @Before order by id limit @BatchSize for update skip locked)
        """;

    protected override TimeSpan Interval => TimeSpan.FromHours(1);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var parameters = new { Before = Clock.GetUtcNow() - KeepFor, BatchSize };
        while (await connection.ExecuteAsync(new CommandDefinition(Delete, parameters, cancellationToken: cancellationToken)) == BatchSize)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
