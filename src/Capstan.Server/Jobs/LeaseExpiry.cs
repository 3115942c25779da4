using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>Finds executions whose lease has run out. Safe on several servers at once: each is settled under its run's lock, by whoever comes first.</summary>
internal sealed partial class LeaseExpiry(
    Database database, LostExecutions lost, DatabaseAvailability availability, ServerOptions options, TimeProvider clock, WakeUps wakeUps, ILogger<LeaseExpiry> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>The most executions of one round; the next round takes the rest.</summary>
    public const int MaxExecutionsPerRound = 200;

    private const string Sql = "select id from actions_job_executions where status = 'in_progress' and lease_until < $1 order by lease_until limit $2";

    protected override TimeSpan Interval => TimeSpan.FromSeconds(5);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        // While the database or this server was away nobody could renew: runners get a whole lease length to come back.
        var now = Clock.GetUtcNow();
        if (now - availability.Since < options.LeaseLength)
        {
            return;
        }

        foreach (var execution in await ExpiredAsync(now, cancellationToken))
        {
            try
            {
                await lost.SettleExpiredAsync(execution, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException && !Database.IsOutage(e))
            {
                // One that cannot be settled must not keep the others from it.
                Log.NotSettled(logger, e, execution.Value);
            }
        }
    }

    private async Task<IReadOnlyList<ExecutionId>> ExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = now.UtcDateTime }, new() { Value = MaxExecutionsPerRound } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var expired = new List<ExecutionId>();
        while (await reader.ReadAsync(cancellationToken))
        {
            expired.Add(new ExecutionId(reader.GetInt64(0)));
        }

        return expired;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4110, Level = LogLevel.Error, Message = "The lost execution {Execution} could not be settled; it is tried again.")]
        public static partial void NotSettled(ILogger logger, Exception error, long execution);
    }
}
