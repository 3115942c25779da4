using Capstan.Server.Data;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Jobs;

/// <summary>
/// The polls of runners that wait at this server, and the rounds that serve them: one statement claims for many polls, so that a burst of jobs costs few
/// commits. One round at a time; what comes meanwhile is served by the next. Thread-safe.
/// </summary>
internal sealed partial class WaitingPolls(ClaimRound round, RunnerProfiles profiles, TimeProvider clock, ILogger<WaitingPolls> logger)
{
    /// <summary>Polls that may wait at one server; a further one is answered at once that there is nothing.</summary>
    public const int MaxPolls = 20_000;

    private const int Idle = 0;
    private const int Running = 1;
    private const int RunningAndAskedAgain = 2;

    private readonly Lock gate = new();
    private readonly LinkedList<Poll> polls = [];
    private int state = Idle;

    /// <summary>Waits until the runner got an execution, and at most <paramref name="atMost"/>.</summary>
    /// <returns>Null: nothing came, or the runner is not registered any more.</returns>
    public async Task<Claim?> WaitAsync(RunnerId runner, int usedSlots, TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (await ProfileAsync(runner, cancellationToken) is not var (profile, readAt))
        {
            return null;
        }

        var poll = new Poll(profile, readAt, usedSlots, clock.GetUtcNow());
        lock (gate)
        {
            if (polls.Count >= MaxPolls)
            {
                return null;
            }

            polls.AddLast(poll);
        }

        ServeSoon();
        try
        {
            using var timeout = new CancellationTokenSource(atMost, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            return await poll.Claim.Task.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // A round that took the poll before this one could leave has an answer for it: whoever has gone gives it back.
            return Leave(poll) ? null : await poll.Claim.Task;
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

    /// <summary>Starts a round, or has the one that runs look once more.</summary>
    public void ServeSoon()
    {
        while (true)
        {
            var before = Volatile.Read(ref state);
            if (before == RunningAndAskedAgain || Interlocked.CompareExchange(ref state, before + 1, before) == before)
            {
                if (before == Idle)
                {
                    _ = Task.Run(ServeAsync);
                }

                return;
            }
        }
    }

    private async Task ServeAsync()
    {
        do
        {
            Volatile.Write(ref state, Running);
            try
            {
                await RoundAsync(CancellationToken.None);
            }
#pragma warning disable CA1031 // An outage or a bug must not end all later rounds; polls wait on and the next round comes within two seconds.
            catch (Exception error)
#pragma warning restore CA1031
            {
                Log.RoundFailed(logger, error);
            }
        }
        while (Interlocked.CompareExchange(ref state, Idle, Running) != Running);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (IsEmpty)
        {
            return;
        }

        await RefreshAsync(cancellationToken);
        var more = true;
        while (more)
        {
            try
            {
                var taken = TakeAll();
                (var claims, more) = await round.ServeAsync([.. taken.Keys], cancellationToken);
                foreach (var (seeker, claim) in claims)
                {
                    taken[seeker].Claim.SetResult(claim);
                }
            }
            finally
            {
                PutBack();
            }
        }
    }

    private bool IsEmpty
    {
        get
        {
            lock (gate)
            {
                return polls.Count == 0;
            }
        }
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<Poll> old;
        lock (gate)
        {
            old = [.. polls.Where(p => now - p.ProfileReadAt > RunnerProfiles.GoodFor)];
        }

        if (old.Count == 0)
        {
            return;
        }

        var read = (await profiles.OfAsync(old.Select(p => p.Profile.Runner), cancellationToken)).ToDictionary(p => p.Runner);
        foreach (var poll in old)
        {
            if (read.TryGetValue(poll.Profile.Runner, out var profile))
            {
                poll.Refresh(profile, now);
            }
            else if (Leave(poll))
            {
                poll.Claim.TrySetResult(null);
            }
        }
    }

    /// <summary>Those that may not work at the moment stay: they would stand before others in a statement that cannot serve them.</summary>
    private Dictionary<Seeker, Poll> TakeAll()
    {
        lock (gate)
        {
            var taken = new Dictionary<Seeker, Poll>(polls.Count, ReferenceEqualityComparer.Instance);
            foreach (var poll in polls.Where(p => p.Profile.MayWork))
            {
                poll.IsBeingServed = true;
                taken.Add(new Seeker(poll.Profile, poll.Load, poll.Since), poll);
            }

            return taken;
        }
    }

    /// <summary>Polls that got something are gone; those that tried to leave meanwhile go now.</summary>
    private void PutBack()
    {
        lock (gate)
        {
            for (var node = polls.First; node is not null;)
            {
                var next = node.Next;
                node.Value.IsBeingServed = false;
                if (node.Value.Claim.Task.IsCompleted || node.Value.WantsToLeave)
                {
                    polls.Remove(node);
                    node.Value.Claim.TrySetResult(null);
                }

                node = next;
            }
        }
    }

    /// <returns>False while a round holds the poll: its answer comes with the end of that round.</returns>
    private bool Leave(Poll poll)
    {
        lock (gate)
        {
            poll.WantsToLeave = true;
            return !poll.IsBeingServed && polls.Remove(poll);
        }
    }

    private sealed class Poll(RunnerProfile profile, DateTimeOffset profileReadAt, int usedSlots, DateTimeOffset since)
    {
        public RunnerProfile Profile { get; private set; } = profile;

        public DateTimeOffset Since { get; } = since;

        public DateTimeOffset ProfileReadAt { get; private set; } = profileReadAt;

        public double Load => (double)usedSlots / Profile.Slots;

        public TaskCompletionSource<Claim?> Claim { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsBeingServed { get; set; }

        public bool WantsToLeave { get; set; }

        public void Refresh(RunnerProfile newer, DateTimeOffset now)
        {
            Profile = newer;
            ProfileReadAt = now;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4100, Level = LogLevel.Warning, Message = "Waiting runners could not be served; they are tried again.")]
        public static partial void RoundFailed(ILogger logger, Exception error);
    }
}
