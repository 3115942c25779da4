using Capstan.Server.Data;

namespace Capstan.Server.Jobs;

/// <summary>What a round came to.</summary>
/// <param name="Served">Polls that got a job.</param>
/// <param name="Refused">Pairs that the claim did not make: another server was faster, or the runner may not have the job any more.</param>
/// <param name="More">Another round may find more for those that wait now.</param>
internal readonly record struct RoundResult(int Served, int Refused, bool More);

/// <summary>
/// One round of giving away: looks who is next, matches in memory, claims all pairs in one statement. For one caller at a time; safe across servers, because the claim
/// itself decides.
/// </summary>
/// <remarks>
/// There are two ways to look. The exact one asks for what the polls that wait now could take, and no more: the answer is small, and nothing is hidden from anybody. While
/// many are served it would be asked again for every few polls; then the broad one asks for the front of every set, and the rounds of the next moment are served from it.
/// Somebody for whom the broad one was cut too short gets an exact one.
/// </remarks>
internal sealed class ClaimRound(JobQueue queue, RunnerProfiles profiles, TimeProvider clock)
{
    /// <summary>Pairs of one statement, at most: a longer one would hold its locks while others could already run.</summary>
    public const int MaxPairs = 256;

    /// <summary>So many served, in one round or in those of about <see cref="ViewGoodFor"/>, make the next look a broad one.</summary>
    public const int ManyServed = 16;

    /// <summary>Rows of a broad look, shared out evenly among the sets: for several times as many as were served lately.</summary>
    private const int FewestBroadRows = 256;

    private const int MostBroadRows = 2_048;
    private const int RowsForEachServed = 4;

    /// <summary>
    /// What was seen longer ago is not relied on. New jobs end it at once, so this bounds how far the count of a repository's running jobs may be off, and how long
    /// jobs are tried in vain that another server has taken.
    /// </summary>
    private static readonly TimeSpan ViewGoodFor = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<PollClass> nothingFor = [];
    private QueueView? broad;
    private long seenAt;
    private bool lookExactly;

    /// <summary>In the last round.</summary>
    private int servedLast;

    /// <summary>Since <see cref="countedSince"/>, and in the count before: rough, for a guess at how many will be served in the next moment.</summary>
    private int served;

    private int servedBefore;
    private long countedSince;

    /// <param name="queueHasChanged">There may be jobs that no earlier look has seen.</param>
    public async Task<RoundResult> ServeAsync(PollIndex polls, bool queueHasChanged, CancellationToken cancellationToken)
    {
        if (queueHasChanged || clock.GetElapsedTime(seenAt) > ViewGoodFor)
        {
            Forget();
        }

        CountAnew();
        // Right after a change an exact look is the cheaper one: if changes come that fast, a broad one is used once.
        var isExact = lookExactly || (broad is null && servedLast < ManyServed && (queueHasChanged || ServedLately < ManyServed));
        var view = isExact ? await LookExactlyAsync(polls, cancellationToken) : broad ??= await LookBroadlyAsync(cancellationToken);
        var matches = polls.Match(view, MaxPairs);
        if (isExact)
        {
            nothingFor.UnionWith(matches.Nothing);
        }

        lookExactly = matches.Unknown.Any(c => !nothingFor.Contains(c));
        if (lookExactly)
        {
            // Used up, at least for some.
            broad = null;
        }

        var claimed = matches.Pairs.Count == 0 ? 0 : await ClaimAsync(polls, matches.Pairs, cancellationToken);
        servedLast = claimed;
        served += claimed;
        var refused = matches.Pairs.Count - claimed;
        if (refused > 0)
        {
            Forget();
        }

        return new RoundResult(claimed, refused, lookExactly || matches.Pairs.Count == MaxPairs);
    }

    private int ServedLately => Math.Max(served, servedBefore);

    /// <summary>Ends a count that has gone on for long enough; after a pause nothing was served lately.</summary>
    private void CountAnew()
    {
        var elapsed = clock.GetElapsedTime(countedSince);
        if (elapsed > ViewGoodFor)
        {
            servedBefore = elapsed > 2 * ViewGoodFor ? 0 : served;
            served = 0;
            countedSince = clock.GetTimestamp();
        }
    }

    private void Forget()
    {
        broad = null;
        nothingFor.Clear();
        seenAt = clock.GetTimestamp();
    }

    private async Task<QueueView> LookExactlyAsync(PollIndex polls, CancellationToken cancellationToken)
    {
        var sets = await queue.QueuedSetsAsync(cancellationToken);
        return await LookAsync(sets, polls.Demands(sets), MaxPairs, cancellationToken);
    }

    private async Task<QueueView> LookBroadlyAsync(CancellationToken cancellationToken)
    {
        var sets = await queue.QueuedSetsAsync(cancellationToken);
        var rows = Math.Clamp(RowsForEachServed * ServedLately, FewestBroadRows, MostBroadRows);
        var ofEach = Math.Max(1, rows / Math.Max(1, sets.Count));
        return await LookAsync(sets, [.. sets.Select(set => new Demand(set.Id, RunnerScopeSet.All, ofEach))], (ofEach * sets.Count) + 1, cancellationToken);
    }

    private async Task<QueueView> LookAsync(IReadOnlyList<LabelSet> sets, IReadOnlyList<Demand> demands, int limit, CancellationToken cancellationToken) =>
        new(sets, demands, demands.Count == 0 ? [] : await queue.CandidatesAsync(demands, limit, cancellationToken), limit);

    /// <returns>How many were served. Those that were not are looked at again: if their runner may not work any more, others come before them.</returns>
    private async Task<int> ClaimAsync(PollIndex polls, IReadOnlyList<(Candidate Candidate, Poll Poll)> pairs, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<ExecutionId, Claim> claims = new Dictionary<ExecutionId, Claim>();
        try
        {
            claims = (await queue.ClaimAsync([.. pairs.Select(p => (p.Candidate.Execution, p.Poll.Profile.Runner))], cancellationToken)).ToDictionary(c => c.Execution);
        }
        finally
        {
            polls.Settle(pairs.Select(p => (p.Poll, claims.GetValueOrDefault(p.Candidate.Execution))));
        }

        await profiles.RefreshAsync(polls, [.. pairs.Where(p => !claims.ContainsKey(p.Candidate.Execution)).Select(p => p.Poll)], cancellationToken);
        return claims.Count;
    }
}
