using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Git;

/// <summary>
/// Settles pushes that nobody settled: their server was killed, or lost its database, between the writing of the intent and the recording of the outcome. It looks
/// at the refs, under the repository's lock, which a push in flight holds; so it never meets one that is still being worked on. Safe on several servers.
/// </summary>
internal sealed class PushReconciler(Database database, RepositoryLock repositoryLock, PushSettlement settlement, TimeProvider clock, WakeUps wakeUps, ILogger<PushReconciler> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    private const int MaxRepositoriesPerRound = 1000;

    /// <summary>A push in flight is no reason to wait: the next round looks again.</summary>
    private static readonly TimeSpan LockWait = TimeSpan.Zero;

    protected override TimeSpan Interval => TimeSpan.FromSeconds(5);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<RepositoryId> repositories;
        await using (var connection = await database.OpenAsync(cancellationToken))
            repositories = await PushQueries.RepositoriesWithProposedAsync(connection, MaxRepositoriesPerRound);
        foreach (var repository in repositories)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var turn = await repositoryLock.TryTakeAsync(repository, LockWait, cancellationToken);
            if (turn is not null)
                await settlement.SettleLeftoversAsync(turn.Connection, repository, cancellationToken);
        }
    }
}
