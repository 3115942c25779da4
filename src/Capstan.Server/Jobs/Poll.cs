namespace Capstan.Server.Jobs;

/// <summary>A runner's request that is held until there is a job for it. What can change is guarded by <see cref="PollIndex"/>.</summary>
/// <param name="number">Of two equally loaded the one that waits longer, with the lower number, is served first.</param>
/// <param name="usedSlots">As the runner says: its count is newer than the database's.</param>
internal sealed class Poll(long number, RunnerProfile profile, DateTimeOffset profileReadAt, int usedSlots)
{
    /// <summary>The least loaded in front.</summary>
    public static readonly IComparer<Poll> Order = Comparer<Poll>.Create((a, b) => a.Load.CompareTo(b.Load) is not 0 and var load ? load : a.number.CompareTo(b.number));

    private readonly long number = number;

    public RunnerProfile Profile { get; private set; } = profile;

    public DateTimeOffset ProfileReadAt { get; private set; } = profileReadAt;

    /// <summary>Used slots over slots.</summary>
    public double Load { get; } = (double)usedSlots / profile.Slots;

    /// <summary>A claim, or null: there is nothing for it.</summary>
    public TaskCompletionSource<Claim?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A statement may be claiming a job for it: its answer comes with the end of that statement.</summary>
    public bool IsHeld { get; set; }

    public bool WantsToLeave { get; set; }

    public void Refresh(RunnerProfile newer, DateTimeOffset readAt) => (Profile, ProfileReadAt) = (newer, readAt);
}

/// <summary>The waiting polls of runners that may take the same jobs, the first to be served in front.</summary>
internal sealed class PollClass(RunnerProfile profile)
{
    /// <summary>Label sets whose fit is remembered, at most: sets are as many as people write different <c>runs-on</c>.</summary>
    private const int MaxFits = 2_000;

    private readonly HashSet<string> labels = new(profile.Labels, StringComparer.Ordinal);
    private readonly Dictionary<long, bool> fits = [];

    public string Name { get; } = profile.Class;

    public RunnerScopeSet Scope { get; } = profile.Scope;

    public SortedSet<Poll> Waiting { get; } = new(Poll.Order);

    /// <summary>Whether its runners have all the labels. Remembered: neither a class nor a set ever changes.</summary>
    public bool Fits(LabelSet set)
    {
        if (!fits.TryGetValue(set.Id, out var known))
        {
            if (fits.Count >= MaxFits)
            {
                fits.Clear();
            }

            fits.Add(set.Id, known = labels.IsSupersetOf(set.Labels));
        }

        return known;
    }
}
