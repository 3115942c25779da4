using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Runs;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Jobs;

/// <summary>Has the waiting polls served when a job was queued, here or by another server, and every two seconds in any case.</summary>
internal sealed class QueueLoop(WaitingPolls polls, TimeProvider clock, WakeUps wakeUps, ILogger<QueueLoop> logger) : BackgroundLoop(clock, wakeUps, logger)
{
    protected override TimeSpan Interval => WakeUps.LookAgainAfter;

    protected override string WakeUpChannel => RunChannels.Queue;

    public override Task RunOnceAsync(CancellationToken cancellationToken)
    {
        polls.ServeSoon();
        return Task.CompletedTask;
    }
}
