namespace Capstan.Server.Jobs;

/// <summary>Who gets what. Who waits on is told apart only when there was room for all pairs.</summary>
/// <param name="Unknown">Classes that wait on, and for which there may be more in the queue than the view shows.</param>
/// <param name="Nothing">Classes that wait on because there is nothing for them.</param>
internal sealed record Matches(IReadOnlyList<(Candidate Candidate, Poll Poll)> Pairs, IReadOnlyList<PollClass> Unknown, IReadOnlyList<PollClass> Nothing);

/// <summary>
/// The front of the queue as one look at the database showed it, in the order in which jobs are given away. What was given away is taken out, so that one look can serve
/// several claims. For one caller at a time.
/// </summary>
/// <remarks>
/// A look is cut: a set gives no more rows than it was asked for, and all sets together no more than the limit. What a set has beyond its last row comes after that row;
/// so up to there the view is right for everybody, and beyond it is not for those who could take jobs of that set: they get nothing more from this view.
/// </remarks>
internal sealed class QueueView
{
    private readonly IReadOnlyList<LabelSet> sets;
    private readonly List<Entry> entries;
    private readonly bool isCut;
    private readonly Dictionary<PollClass, long[]> fitting = [];

    /// <param name="sets">All that were looked at.</param>
    /// <param name="demands">What was asked for.</param>
    /// <param name="candidates">What came, in order.</param>
    /// <param name="limit">Of rows, for all sets together.</param>
    public QueueView(IReadOnlyList<LabelSet> sets, IReadOnlyList<Demand> demands, IReadOnlyList<Candidate> candidates, int limit)
    {
        this.sets = sets;
        isCut = candidates.Count >= limit;
        entries = new List<Entry>(candidates.Count + demands.Count);
        var left = demands.ToDictionary(d => d.LabelSet, d => d.Rows);
        foreach (var candidate in candidates)
        {
            entries.Add(new Entry(candidate.LabelSet, candidate));
            if (--left[candidate.LabelSet] == 0)
            {
                entries.Add(new Entry(candidate.LabelSet, null));
            }
        }
    }

    /// <summary>Each candidate in its order goes to the least loaded poll that may take it: both are taken out, of this view and of the poll's class.</summary>
    public Matches Match(IReadOnlyCollection<PollClass> classes, int max)
    {
        var pairs = new List<(Candidate, Poll)>();
        var asking = Asking(classes);
        var beyond = new HashSet<PollClass>();
        var kept = 0;
        for (var at = 0; at < entries.Count; at++)
        {
            var entry = entries[at];
            if (asking.TryGetValue(entry.LabelSet, out var takers))
            {
                if (entry.Candidate is null)
                {
                    beyond.UnionWith(takers);
                }
                else if (pairs.Count < max && Best(takers, beyond, entry.Candidate) is { } taker)
                {
                    var poll = taker.Waiting.Min!;
                    taker.Waiting.Remove(poll);
                    pairs.Add((entry.Candidate, poll));
                    continue;
                }
            }

            entries[kept++] = entry;
        }

        entries.RemoveRange(kept, entries.Count - kept);
        var waitOn = classes.Where(c => pairs.Count < max && c.Waiting.Count > 0).ToLookup(c => isCut || beyond.Contains(c));
        return new Matches(pairs, [.. waitOn[true]], [.. waitOn[false]]);
    }

    private static PollClass? Best(List<PollClass> takers, HashSet<PollClass> beyond, Candidate candidate)
    {
        PollClass? best = null;
        foreach (var taker in takers)
        {
            if (taker.Waiting.Count > 0 && !beyond.Contains(taker) && taker.Scope.Covers(candidate)
                && (best is null || Poll.Order.Compare(taker.Waiting.Min, best.Waiting.Min) < 0))
            {
                best = taker;
            }
        }

        return best;
    }

    /// <summary>For each set the classes in which somebody waits who has its labels.</summary>
    private Dictionary<long, List<PollClass>> Asking(IReadOnlyCollection<PollClass> classes)
    {
        var asking = new Dictionary<long, List<PollClass>>();
        foreach (var group in classes)
        {
            if (group.Waiting.Count == 0)
            {
                continue;
            }

            if (!fitting.TryGetValue(group, out var known))
            {
                fitting.Add(group, known = [.. sets.Where(group.Fits).Select(s => s.Id)]);
            }

            foreach (var set in known)
            {
                if (!asking.TryGetValue(set, out var takers))
                {
                    asking.Add(set, takers = []);
                }

                takers.Add(group);
            }
        }

        return asking;
    }

    /// <param name="Candidate">Null: here the set was cut.</param>
    private readonly record struct Entry(long LabelSet, Candidate? Candidate);
}
