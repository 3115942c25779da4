namespace Capstan.Runner.ProblemMatchers;

/// <summary>The problem matchers of a job: from the command that adds one to the one that removes it, or to the job's end. Thread-safe.</summary>
internal sealed class JobMatchers
{
    private readonly Lock gate = new();
    private volatile IReadOnlyList<ProblemMatcher> current = [];

    /// <summary>In the order in which they are asked: the newest first. Another list after each change.</summary>
    public IReadOnlyList<ProblemMatcher> Current => current;

    public void Add(IEnumerable<ProblemMatcher> matchers)
    {
        lock (gate)
        {
            foreach (var matcher in matchers) current = [matcher, .. Without(matcher.Owner)];
        }
    }

    public void Remove(string owner)
    {
        lock (gate) current = [.. Without(owner)];
    }

    private IEnumerable<ProblemMatcher> Without(string owner) =>
        current.Where(matcher => !string.Equals(matcher.Owner, owner, StringComparison.OrdinalIgnoreCase));
}
