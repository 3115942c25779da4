namespace Capstan.Server.Jobs;

/// <summary>
/// The polls that wait at this server, by class, so that whoever looks for somebody for a job looks at classes and not at polls. A poll is in one of three places: among the
/// waiting of its class; resting, while its runner may not work; or held by a claim that is on its way. Thread-safe.
/// </summary>
internal sealed class PollIndex
{
    /// <summary>Classes without a poll are kept, with the fits they know, until there are so many or twice as many as are in use.</summary>
    public const int MinKeptClasses = 1_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, PollClass> classes = new(StringComparer.Ordinal);
    private readonly HashSet<Poll> resting = [];
    private int classesToKeep = MinKeptClasses;
    private int waiting;
    private int held;

    /// <summary>All: waiting, resting and held.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return waiting + resting.Count + held;
            }
        }
    }

    /// <summary>For tests: how many classes are remembered.</summary>
    internal int Classes => classes.Count;

    /// <returns>False: there are <paramref name="max"/> already.</returns>
    public bool TryAdd(Poll poll, int max)
    {
        lock (gate)
        {
            if (waiting + resting.Count + held >= max)
            {
                return false;
            }

            Place(poll);
            return true;
        }
    }

    /// <returns>False while a claim holds the poll: its answer comes with the end of that claim.</returns>
    public bool TryLeave(Poll poll)
    {
        lock (gate)
        {
            poll.WantsToLeave = true;
            return !poll.IsHeld && Remove(poll);
        }
    }

    /// <summary>Those whose profile was read before.</summary>
    public IReadOnlyList<Poll> OlderThan(DateTimeOffset readAt)
    {
        lock (gate)
        {
            return [.. resting.Concat(classes.Values.SelectMany(c => c.Waiting)).Where(p => p.ProfileReadAt < readAt)];
        }
    }

    /// <summary>Gives the poll a newer profile; null: its runner is not registered any more, so there is nothing for it.</summary>
    /// <returns>Whether it may take now what it could not take before.</returns>
    public bool Refresh(Poll poll, RunnerProfile? newer, DateTimeOffset readAt)
    {
        lock (gate)
        {
            if (poll.IsHeld || !Remove(poll))
            {
                return false;
            }

            if (newer is null)
            {
                poll.Answer.TrySetResult(null);
                return false;
            }

            var older = poll.Profile;
            poll.Refresh(newer, readAt);
            Place(poll);
            return newer.MayWork && (!older.MayWork || newer.Class != older.Class);
        }
    }

    /// <summary>
    /// What those that wait could take, so that nothing hides it from them: for each set as many rows as polls that fit, of the repositories that any of them is
    /// assigned to. Those that rest do not count: they would stand before others in a statement that cannot serve them.
    /// </summary>
    public IReadOnlyList<Demand> Demands(IReadOnlyList<LabelSet> sets)
    {
        lock (gate)
        {
            var asking = classes.Values.Where(c => c.Waiting.Count > 0).ToList();
            return [.. sets.Select(set => Demand(set, asking.Where(c => c.Fits(set)).ToList())).Where(demand => demand.Rows > 0)];
        }
    }

    /// <summary>Gives away what was seen of the queue, to those that wait. Polls that are given something are held until <see cref="Settle"/>.</summary>
    public Matches Match(QueueView view, int max)
    {
        lock (gate)
        {
            var matches = view.Match(classes.Values, max);
            foreach (var (_, poll) in matches.Pairs)
            {
                poll.IsHeld = true;
            }

            held += matches.Pairs.Count;
            waiting -= matches.Pairs.Count;
            return matches;
        }
    }

    /// <summary>Ends the hold: who got something is answered, who wanted to leave goes, the others wait on.</summary>
    public void Settle(IEnumerable<(Poll Poll, Claim? Claim)> outcomes)
    {
        lock (gate)
        {
            foreach (var (poll, claim) in outcomes)
            {
                poll.IsHeld = false;
                held--;
                if (claim is not null || poll.WantsToLeave)
                {
                    poll.Answer.TrySetResult(claim);
                }
                else
                {
                    Place(poll);
                }
            }
        }
    }

    private static Demand Demand(LabelSet set, List<PollClass> fitting) => new(
        set.Id,
        new RunnerScopeSet(
            fitting.Exists(c => c.Scope.Everything), fitting.SelectMany(c => c.Scope.Organizations).ToHashSet(), fitting.SelectMany(c => c.Scope.Repositories).ToHashSet()),
        fitting.Sum(c => c.Waiting.Count));

    private void Place(Poll poll)
    {
        if (!poll.Profile.MayWork)
        {
            resting.Add(poll);
            return;
        }

        if (!classes.TryGetValue(poll.Profile.Class, out var group))
        {
            ForgetUnused();
            classes.Add(poll.Profile.Class, group = new PollClass(poll.Profile));
        }

        group.Waiting.Add(poll);
        waiting++;
    }

    private bool Remove(Poll poll)
    {
        if (resting.Remove(poll))
        {
            return true;
        }

        if (!classes.TryGetValue(poll.Profile.Class, out var group) || !group.Waiting.Remove(poll))
        {
            return false;
        }

        waiting--;
        return true;
    }

    private void ForgetUnused()
    {
        if (classes.Count < classesToKeep)
        {
            return;
        }

        foreach (var (name, _) in classes.Where(c => c.Value.Waiting.Count == 0).ToList())
        {
            classes.Remove(name);
        }

        classesToKeep = Math.Max(MinKeptClasses, 2 * classes.Count);
    }
}
