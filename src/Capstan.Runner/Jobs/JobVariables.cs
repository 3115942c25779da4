namespace Capstan.Runner.Jobs;

/// <summary>
/// The environment that steps share and change: the <c>env</c> of workflow and job, then what steps wrote to GITHUB_ENV; and the folders they wrote to GITHUB_PATH, newest
/// first. Used from the job's thread.
/// </summary>
internal sealed class JobVariables
{
    private readonly Dictionary<string, string> env = new(StringComparer.Ordinal);
    private readonly List<string> paths = [];

    public IReadOnlyDictionary<string, string> Env => env;

    public IReadOnlyList<string> Paths => paths;

    /// <summary>Why a step may not set a variable; null when it may.</summary>
    public static string? Refusal(string name)
    {
        // NODE_OPTIONS would run code in every action that follows. Default variables belong to the runner.
        // Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
        if (string.Equals(name, "NODE_OPTIONS", StringComparison.OrdinalIgnoreCase)) return $"Can't store {name} output parameter using '$GITHUB_ENV' command.";
        return IsReserved(name) ? $"Can't set '{name}': variables that start with GITHUB_ or RUNNER_ are the runner's own." : null;
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

    /// <summary>GITHUB_TOKEN is no default variable: actions and people set it for tools that read it.</summary>
    private static bool IsReserved(string name) =>
        (name.StartsWith("GITHUB_", StringComparison.OrdinalIgnoreCase) && !string.Equals(name, "GITHUB_TOKEN", StringComparison.OrdinalIgnoreCase))
        || name.StartsWith("RUNNER_", StringComparison.OrdinalIgnoreCase);
}
