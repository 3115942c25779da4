using Capstan.Server.Data;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Jobs;

/// <summary>What became of a poll.</summary>
internal abstract record PollResult
{
    private PollResult()
    {
    }

    public sealed record Got(Claim Claim) : PollResult;

    /// <summary>Nothing came, or the runner is not registered any more.</summary>
    public sealed record Nothing : PollResult
    {
        public static readonly Nothing Instance = new();
    }

    /// <summary>As many wait here as may.</summary>
    public sealed record TooMany : PollResult
    {
        public static readonly TooMany Instance = new();
    }
}

/// <summary>
/// The polls of runners that wait at this server, and the rounds that serve them: one statement claims for many polls, so that a burst of jobs costs few
/// commits. One round at a time; what comes meanwhile is served by the next. Thread-safe.
/// </summary>
internal sealed partial class WaitingPolls(ClaimRound round, RunnerProfiles profiles, TimeProvider clock, ILogger<WaitingPolls> logger)
{
    /// <summary>Polls that may wait at one server. A further one is refused: held too, it would take the memory that those before it need.</summary>
    public const int MaxPolls = 20_000;

    /// <summary>Rounds without a claim, one after the other, because other servers were faster.</summary>
    private const int MaxRefusals = 5;

    /// <summary>Other servers' claims are committed by then.</summary>
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// After a round that served many the next ones are let gather: a statement costs nearly as much for one claim as for ten. A server with little to do never waits.
    /// </summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    private readonly PollIndex polls = new();
    private readonly RoundTrigger trigger = new();
    private long lastNumber;
    private bool queueHasChanged;
    private DateTimeOffset refreshedAt;

    /// <summary>How many wait now.</summary>
    public int Count => polls.Count;

    /// <summary>Waits until the runner got an execution, and at most <paramref name="atMost"/>.</summary>
    public async Task<PollResult> WaitAsync(RunnerId runner, int usedSlots, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (await ProfileAsync(runner, cancellationToken) is not var (profile, readAt))
        {
            return PollResult.Nothing.Instance;
        }

        var poll = new Poll(Interlocked.Increment(ref lastNumber), profile, readAt, usedSlots);
        if (!polls.TryAdd(poll, MaxPolls))
        {
            return PollResult.TooMany.Instance;
        }

        Serve();
        var claim = await AnswerAsync(poll, atMost, cancellationToken);
        return claim is null ? PollResult.Nothing.Instance : new PollResult.Got(claim);
    }

    /// <summary>Has all served to whom the queue may have something new to give.</summary>
    public void ServeSoon()
    {
        Volatile.Write(ref queueHasChanged, true);
        Serve();
    }

    private async Task<Claim?> AnswerAsync(Poll poll, TimeSpan atMost, CancellationToken cancellationToken)
    {
        try
        {
            return await poll.Answer.Task.WaitAsync(atMost, clock, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // A claim that took the poll before this one could leave has an answer for it: whoever has gone gives it back.
            return polls.TryLeave(poll) ? null : await poll.Answer.Task;
        }
    }

    /// <summary>Null also when the caller leaves before it was read: then there is nobody to wait.</summary>
    private async Task<(RunnerProfile Profile, DateTimeOffset ReadAt)?> ProfileAsync(RunnerId runner, CancellationToken cancellationToken)
    {
        try
        {
            return await profiles.OfPollingAsync(runner, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Starts a round, or has the one that runs followed by another.</summary>
    private void Serve()
    {
        if (trigger.Ask())
        {
            _ = Task.Run(ServeAsync);
        }
    }

    private async Task ServeAsync()
    {
        do
        {
            trigger.Begin();
            try
            {
                await RoundsAsync(CancellationToken.None);
                await RefreshAsync(CancellationToken.None);
            }
#pragma warning disable CA1031 // An outage or a bug must not end all later rounds; polls wait on and the next round comes within two seconds.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Log.RoundFailed(logger, error);
            }
        }
        while (!trigger.TryEnd());
    }

    private async Task RoundsAsync(CancellationToken cancellationToken)
    {
        var refusals = 0;
        var isMore = polls.Count > 0;
        while (isMore)
        {
            var result = await round.ServeAsync(polls, Interlocked.Exchange(ref queueHasChanged, false), cancellationToken);
            isMore = result.More;
            refusals = result.Refused > 0 && result.Served == 0 ? refusals + 1 : 0;
            if (result.Refused > 0)
            {
                isMore = refusals < MaxRefusals;
                await RestAsync(RestAfterRefusal, cancellationToken);
            }
            else if (result.Served >= ClaimRound.ManyServed && !isMore)
            {
                await RestAsync(Gather, cancellationToken);
            }
        }
    }

    /// <summary>Once in a while, and after those that can be served were served: what changed about a runner meanwhile is caught by the claim itself.</summary>
    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (now - refreshedAt < RunnerProfiles.GoodFor)
        {
            return;
        }

        refreshedAt = now;
        if (await profiles.RefreshAsync(polls, polls.OlderThan(now - RunnerProfiles.GoodFor), cancellationToken))
        {
            trigger.Ask();
        }
    }

    // Real time on purpose: it bounds what a round costs, and a test's clock that stands still must not end all rounds.
    private static Task RestAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, TimeProvider.System, cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(EventId = 4100, Level = LogLevel.Warning, Message = "Waiting runners could not be served; they are tried again.")]
        public static partial void RoundFailed(ILogger logger, Exception error);
    }
}
