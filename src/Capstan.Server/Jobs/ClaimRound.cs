namespace Capstan.Server.Jobs;

/// <summary>Somebody who wants a job.</summary>
/// <param name="Load">Used slots over slots: the least loaded is served first.</param>
/// <param name="Since">Of two equally loaded the one that waits longer is served first.</param>
internal sealed record Seeker(RunnerProfile Profile, double Load, DateTimeOffset Since);

/// <summary>One round of giving away: looks who is next, matches in memory, claims all pairs in one statement. Thread-safe.</summary>
internal sealed class ClaimRound(JobQueue queue)
{
    /// <summary>Pairs of one statement, at most: a longer one would hold its locks while others could already run.</summary>
    public const int MaxPairs = 256;

    /// <returns>What was claimed, and whether another round may find more for the same seekers.</returns>
    public async Task<(IReadOnlyList<(Seeker Seeker, Claim Claim)> Claims, bool More)> ServeAsync(IReadOnlyList<Seeker> seekers, CancellationToken cancellationToken)
    {
        var sets = seekers.Count == 0 ? [] : await queue.QueuedSetsAsync(cancellationToken);
        var groups = Group(seekers, sets);
        if (groups.Count == 0)
        {
            return ([], false);
        }

        var candidates = await queue.CandidatesAsync(Demands(groups), MaxPairs, cancellationToken);
        var pairs = Match(candidates, groups);
        if (pairs.Count == 0)
        {
            return ([], false);
        }

        var claims = (await queue.ClaimAsync([.. pairs.Select(p => (p.Candidate.Execution, p.Seeker.Profile.Runner))], cancellationToken)).ToDictionary(c => c.Execution);
        var served = pairs.Where(p => claims.ContainsKey(p.Candidate.Execution)).Select(p => (p.Seeker, claims[p.Candidate.Execution])).ToList();

        // Progress and a full look, or a pair that another server was faster with: the queue may hold more. Without progress the next signal is soon enough.
        return (served, served.Count > 0 && (candidates.Count == MaxPairs || served.Count < pairs.Count));
    }

    /// <summary>Seekers that may take the same jobs stand in one group, the first to be served in front.</summary>
    private static List<SeekerGroup> Group(IReadOnlyList<Seeker> seekers, IReadOnlyList<(long Id, string[] Labels)> sets)
    {
        var groups = new List<SeekerGroup>();
        foreach (var group in seekers.GroupBy(s => s.Profile.Class, StringComparer.Ordinal))
        {
            var profile = group.First().Profile;
            var labels = profile.Labels.ToHashSet(StringComparer.Ordinal);
            var fitting = sets.Where(s => s.Labels.All(labels.Contains)).Select(s => s.Id).ToHashSet();
            if (fitting.Count > 0)
            {
                groups.Add(new SeekerGroup(fitting, profile.Scope, new Queue<Seeker>(group.OrderBy(s => s.Load).ThenBy(s => s.Since))));
            }
        }

        return groups;
    }

    private static List<Demand> Demands(List<SeekerGroup> groups)
    {
        var demands = new Dictionary<long, (bool Everything, HashSet<long> Organizations, HashSet<long> Repositories, int Polls)>();
        foreach (var group in groups)
        {
            foreach (var set in group.LabelSets)
            {
                var (everything, organizations, repositories, polls) = demands.GetValueOrDefault(set, (false, [], [], 0));
                organizations.UnionWith(group.Scope.Organizations);
                repositories.UnionWith(group.Scope.Repositories);
                demands[set] = (everything || group.Scope.Everything, organizations, repositories, polls + group.Waiting.Count);
            }
        }

        return [.. demands.Select(d => new Demand(d.Key, new RunnerScopeSet(d.Value.Everything, d.Value.Organizations, d.Value.Repositories), d.Value.Polls))];
    }

    /// <summary>Each candidate in its order goes to the least loaded seeker that may take it.</summary>
    private static List<(Candidate Candidate, Seeker Seeker)> Match(IReadOnlyList<Candidate> candidates, List<SeekerGroup> groups)
    {
        var pairs = new List<(Candidate, Seeker)>(candidates.Count);
        foreach (var candidate in candidates)
        {
            var best = groups
                .Where(g => g.Waiting.Count > 0 && g.LabelSets.Contains(candidate.LabelSet) && g.Scope.Covers(candidate))
                .MinBy(g => (g.Waiting.Peek().Load, g.Waiting.Peek().Since));
            if (best is not null)
            {
                pairs.Add((candidate, best.Waiting.Dequeue()));
            }
        }

        return pairs;
    }

    private sealed record SeekerGroup(HashSet<long> LabelSets, RunnerScopeSet Scope, Queue<Seeker> Waiting);
}
