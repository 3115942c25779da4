namespace Capstan.Workflows.Schema;

/// <summary>
/// What a job token may be allowed to do.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
/// </summary>
internal static class PermissionScopes
{
    public const string ReadAll = "read-all";
    public const string WriteAll = "write-all";

    private static readonly string[] Any = ["read", "write", "none"];
    private static readonly string[] ReadOnly = ["read", "none"];
    private static readonly string[] WriteOnly = ["write", "none"];

    /// <summary>In alphabetical order. The last value says whether <c>read-all</c> and <c>write-all</c> name the scope in a converted template.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<string> Levels, bool InAll)> All { get; } =
    [
        ("actions", Any, true),
        ("artifact-metadata", Any, false),
        ("attestations", Any, false),
        ("checks", Any, true),
        ("code-quality", Any, false),
        ("contents", Any, true),
        ("copilot-requests", WriteOnly, false),
        ("deployments", Any, true),
        ("discussions", Any, true),
        ("drives", Any, false),
        ("id-token", WriteOnly, true),
        ("issues", Any, true),
        ("models", ReadOnly, false),
        ("packages", Any, true),
        ("pages", Any, true),
        ("pull-requests", Any, true),
        ("repository-projects", Any, true),
        ("security-events", Any, true),
        ("statuses", Any, true),
        ("vulnerability-alerts", ReadOnly, false),
    ];

    public static Rule Rule { get; } = new Rule("permissions") { Text = new TextForm { Values = [ReadAll, WriteAll] } }
        .Define(null, new MappingForm([.. All.Select(scope => (scope.Name, Rules.OneOf([.. scope.Levels])))]));
}
