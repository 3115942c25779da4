namespace Capstan.Runner.Jobs;

/// <summary>
/// The environment that steps share and change: the <c>env</c> of workflow and job, then what steps wrote to GITHUB_ENV; and the folders they wrote to GITHUB_PATH, newest
/// first. Used from one thread: the job's, or that of a step in the background, which has a fork of its own.
/// </summary>
/// <param name="defaults">The default variables, which belong to the runner. Others that only look like them (GITHUB_PAT) are anybody's.</param>
internal sealed class JobVariables(IReadOnlyDictionary<string, string> defaults)
{
    /// <summary>The default variables that each step has its own values of.</summary>
    private static readonly HashSet<string> OfSteps = new(StringComparer.Ordinal)
    {
        "GITHUB_ACTION", "GITHUB_ACTION_PATH", "GITHUB_ACTION_REF", "GITHUB_ACTION_REPOSITORY", "GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
        "RUNNER_TRACKING_ID",
    };

    private readonly Dictionary<string, string> env = new(StringComparer.Ordinal);
    private readonly List<string> paths = [];

    /// <summary>What was changed since the fork, in order; null in the job's own, which nobody merges.</summary>
    private List<Action<JobVariables>>? changes;

    public IReadOnlyDictionary<string, string> Env => env;

    public IReadOnlyList<string> Paths => paths;

    /// <summary>Why a step may not set a variable; null when it may.</summary>
    /// <param name="command">By which it tries.</param>
    public string? Refusal(string name, string command)
    {
        // Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
        if (string.Equals(name, "NODE_OPTIONS", StringComparison.OrdinalIgnoreCase)) return $"Can't set '{name}' by {command}: it would run code in every action that follows.";
        return defaults.ContainsKey(name) || OfSteps.Contains(name) ? $"Can't set '{name}' by {command}: it is a default variable, which only the runner sets." : null;
    }

    public void Set(string name, string value)
    {
        env[name] = value;
        changes?.Add(others => others.Set(name, value));
    }

    /// <summary>Puts a folder before all others; one that is there already moves to the front.</summary>
    public void AddPath(string folder)
    {
        paths.Remove(folder);
        paths.Insert(0, folder);
        changes?.Add(others => others.AddPath(folder));
    }

    /// <summary>A copy that goes its own way until it is merged.</summary>
    public JobVariables Fork()
    {
        var fork = new JobVariables(defaults) { changes = [] };
        foreach (var (name, value) in env) fork.env[name] = value;
        fork.paths.AddRange(paths);
        return fork;
    }

    /// <summary>Makes the changes that were made to a fork, in their order; what neither changed stays.</summary>
    public void Merge(JobVariables fork)
    {
        foreach (var change in fork.changes!) change(this);
    }

    /// <summary>The PATH that a step with this environment sees.</summary>
    public string PathFor(IReadOnlyDictionary<string, string> environment)
    {
        var own = environment.GetValueOrDefault("PATH", "");
        if (paths.Count == 0) return own;
        return own.Length == 0 ? string.Join(':', paths) : string.Join(':', paths) + ":" + own;
    }
}
