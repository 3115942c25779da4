namespace Capstan.Workflows.Schema;

/// <summary>
/// What a job token may be allowed to do.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
/// and, for those that the page leaves out, https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json
/// </summary>
internal static class PermissionScopes
{
    public const string ReadAll = "read-all";
    public const string WriteAll = "write-all";

    private static readonly string[] Any = ["read", "write", "none"];
    private static readonly string[] ReadOnly = ["read", "none"];
    private static readonly string[] WriteOnly = ["write", "none"];

    private static readonly Scope[] Scopes =
    [
        new("actions", Any, true),
        new("artifact-metadata", Any, false),
        new("attestations", Any, false),
        new("checks", Any, true),
        new("code-quality", Any, false),
        new("contents", Any, true),
        new("copilot-requests", WriteOnly, false),
        new("deployments", Any, true),
        new("discussions", Any, true),
        new("drives", Any, false),
        new("id-token", WriteOnly, true),
        new("issues", Any, true),
        new("models", ReadOnly, false),
        new("packages", Any, true),
        new("pages", Any, true),
        new("pull-requests", Any, true),
        new("repository-projects", Any, true),
        new("security-events", Any, true),
        new("statuses", Any, true),
        new("vulnerability-alerts", ReadOnly, false),
    ];

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<Scope> All => Scopes;

    public static Rule Rule { get; } = new Rule { Text = new TextForm { Values = [ReadAll, WriteAll] } }.Define(null, new MappingForm(Keys()));

    private static SchemaKey[] Keys()
    {
        var keys = new SchemaKey[Scopes.Length];
        for (var at = 0; at < keys.Length; at++)
            keys[at] = new SchemaKey(Scopes[at].Name, Rules.OneOf(Scopes[at].Levels));
        return keys;
    }

    /// <param name="InAll">Whether <c>read-all</c> and <c>write-all</c> name the scope in a converted template.</param>
    internal sealed record Scope(string Name, string[] Levels, bool InAll);
}
