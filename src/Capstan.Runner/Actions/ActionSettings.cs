namespace Capstan.Runner.Actions;

/// <summary>Where the actions of a job come from. Folders are absolute.</summary>
public sealed record ActionSettings
{
    /// <summary>The environment variable that names <see cref="Upstream"/>.</summary>
    public const string UpstreamVariable = "CAPSTAN_ACTIONS_UPSTREAM";

    /// <summary>Set to <c>false</c>, it makes the real actions run instead of those built in.</summary>
    public const string BuiltInVariable = "CAPSTAN_BUILT_IN_ACTIONS";

    /// <summary>The environment variable of a runner, or of <c>capstan run</c>, that names <see cref="Node"/>.</summary>
    public const string NodeVariable = "CAPSTAN_NODE";

    /// <summary>Remote actions are looked up here first, as <c>owner/repo[/path]</c>, any ref; null: nowhere.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether <c>actions/checkout</c> is carried out by this program when <see cref="Folder"/> has none.</summary>
    public bool BuiltIn { get; init; } = true;

    /// <summary>The files of the job's own repository, for <c>$/path</c>; null: they are fetched from the job's server.</summary>
    public string? OwnRepository { get; init; }

    /// <summary>Whether the job's server has repositories that may hold actions.</summary>
    public bool FromServer { get; init; }

    /// <summary>The address below which actions are looked up last, for example <c>https://github.com</c>; null: nowhere. Without a slash at its end.</summary>
    public string? Upstream { get; init; }

    /// <summary>What was fetched, by commit; shared by all jobs of the runner. Null: nothing is fetched.</summary>
    public string? Cache { get; init; }

    /// <summary>The program that runs JavaScript actions; null or empty: the <c>node</c> on the PATH of a step's environment.</summary>
    public string? Node { get; init; }

    /// <summary>An upstream as a person types it.</summary>
    /// <returns>Null for <c>none</c> and for nothing.</returns>
    public static string? UpstreamOf(string? text) => string.IsNullOrWhiteSpace(text) || text.Trim() == "none" ? null : text.Trim().TrimEnd('/');

    /// <summary>Whether the built-in actions are wanted.</summary>
    public static bool BuiltInOf(string? text) => !string.Equals(text?.Trim(), "false", StringComparison.OrdinalIgnoreCase);
}
