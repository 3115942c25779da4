using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Triggers;

/// <summary>
/// Looks at events as they come, each in a transaction of its own: an event is processed together with its decisions and runs, or not at all. One that fails is
/// tried again later, at most <see cref="TriggerEvents.MaxAttempts"/> times; the others do not wait for it. Safe on several servers.
/// </summary>
internal sealed class TriggerLoop(Database database, TriggerEvents events, TriggerProcessor processor, WakeUps wakeUps, TimeProvider clock, ILogger<TriggerLoop> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    private readonly WakeUps signals = wakeUps;
    private readonly ILogger log = logger;

    protected override TimeSpan Interval => TimeSpan.FromSeconds(2);

    protected override string WakeUpChannel => TriggerEvents.Channel;

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (await ProcessNextAsync(cancellationToken))
        {
        }
    }

    /// <returns>False when there was none.</returns>
    private async Task<bool> ProcessNextAsync(CancellationToken cancellationToken)
    {
        ClaimedEvent? claimed = null;
        try
        {
            IReadOnlyCollection<string> channels = await database.Jobs.InTransactionAsync(
                async connection =>
                {
                    claimed = await events.ClaimAsync(connection);
                    return claimed is null ? [] : await processor.ProcessAsync(connection, claimed, cancellationToken);
                },
                cancellationToken);
            foreach (var channel in channels)
                signals.Signal(channel);
            return claimed is not null;
        }
        catch (Exception e) when (claimed is not null && IsItsOwn(e, cancellationToken))
        {
            log.LogError(e, "Event {Event} ({Name} to {Ref} of repository {Repository}) failed.", claimed.Id.Value, claimed.Event, claimed.Ref, claimed.RepositoryId.Value);
            await using var connection = await database.OpenAsync(cancellationToken);
            if (await events.FailedAsync(connection, claimed.Id, $"{e.GetType().Name}: {e.Message}"))
                log.LogError("Event {Event} is set aside after {Attempts} attempts.", claimed.Id.Value, TriggerEvents.MaxAttempts);
            return true;
        }
    }

    // An outage or the server's end is not the event's fault. A statement that takes too long may well be.
    private static bool IsItsOwn(Exception exception, CancellationToken cancellationToken) =>
        !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
        && (!Database.IsOutage(exception) || exception is NpgsqlException { InnerException: TimeoutException });
}
