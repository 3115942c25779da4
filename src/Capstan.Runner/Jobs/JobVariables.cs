namespace Capstan.Runner.Jobs;

/// <summary>
/// The environment that steps share and change: the <c>env</c> of workflow and job, then what steps wrote to GITHUB_ENV; and the folders they wrote to GITHUB_PATH, newest
/// first. Used from the job's thread.
/// </summary>
/// <param name="defaults">The default variables, which belong to the runner. Others that only look like them (GITHUB_PAT) are anybody's.</param>
internal sealed class JobVariables(IReadOnlyDictionary<string, string> defaults)
{
    private readonly Dictionary<string, string> env = new(StringComparer.Ordinal);
    private readonly List<string> paths = [];

    public IReadOnlyDictionary<string, string> Env => env;

    public IReadOnlyList<string> Paths => paths;

    /// <summary>Why a step may not set a variable; null when it may.</summary>
    /// <param name="command">By which it tries.</param>
    public string? Refusal(string name, string command)
    {
        // Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
        if (string.Equals(name, "NODE_OPTIONS", StringComparison.OrdinalIgnoreCase)) return $"Can't set '{name}' by {command}: it would run code in every action that follows.";
        return defaults.ContainsKey(name) ? $"Can't set '{name}' by {command}: it is a default variable, which only the runner sets." : null;
    }

    public void Set(string name, string value) => env[name] = value;

    /// <summary>Puts a folder before all others; one that is there already moves to the front.</summary>
    public void AddPath(string folder)
    {
        paths.Remove(folder);
        paths.Insert(0, folder);
    }

    /// <summary>The PATH that a step with this environment sees.</summary>
    public string PathFor(IReadOnlyDictionary<string, string> environment)
    {
        var own = environment.GetValueOrDefault("PATH", "");
        if (paths.Count == 0) return own;
        return own.Length == 0 ? string.Join(':', paths) : string.Join(':', paths) + ":" + own;
    }
}
