using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>
/// Keeps one execution's lease: a long poll that renews at once and comes back with a cancellation, or after the interval for the next round. An unreachable server
/// does not end the job; only the answer that the execution is lost does.
/// </summary>
internal sealed class LeaseRenewal(ServerConnection server, JobMessage job, TimeProvider clock, Backoff backoff, Action<string?> cancel, Action lost)
{
    /// <summary>
    /// The claim itself was a renewal, so the first one may wait this long: most short jobs end before it and need none. A cancellation in this time comes as much later.
    /// </summary>
    private static readonly TimeSpan BeforeFirst = TimeSpan.FromMilliseconds(200);

    /// <summary>A server that answers polls at once is not asked more often than this.</summary>
    private static readonly TimeSpan LeastInterval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        await Task.Delay(BeforeFirst, clock, stop);
        var cancelled = false;
        while (true)
        {
            var began = clock.GetTimestamp();
            var wait = cancelled ? TimeSpan.Zero : Protocol.RenewInterval;
            switch (await server.RenewAsync(job, new RenewRequest((int)wait.TotalSeconds), stop))
            {
                case ServerAnswer<RenewResponse>.Done done:
                    backoff.Reset();
                    if (done.Value.Cancel && !cancelled)
                    {
                        cancelled = true;
                        cancel(done.Value.CancelReason);
                    }

                    var least = cancelled ? Protocol.RenewInterval : LeastInterval;
                    var spent = clock.GetElapsedTime(began);
                    if (spent < least) await Task.Delay(least - spent, clock, stop);
                    break;
                case ServerAnswer<RenewResponse>.Unreachable:
                    await backoff.WaitAsync(stop);
                    break;
                default:
                    lost();
                    return;
            }
        }
    }
}
