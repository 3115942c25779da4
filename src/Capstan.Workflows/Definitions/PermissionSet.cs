using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// What a token may do, scope by scope. A scope that is not named is not allowed.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
/// </summary>
public sealed class PermissionSet
{
    private readonly SortedList<string, string> levels;

    private PermissionSet(SortedList<string, string> levels) => this.levels = levels;

    /// <summary>What a token may do where nothing is said, in a restricted repository: read contents and packages.</summary>
    public static PermissionSet LimitedRead { get; } =
        new(new SortedList<string, string>(StringComparer.Ordinal) { ["contents"] = "read", ["packages"] = "read" });

    /// <summary>Everything.</summary>
    public static PermissionSet Write { get; } = Of(PermissionScopes.All, scope => scope.Levels.Contains("write") ? "write" : "read");

    /// <summary>Scope to <c>read</c> or <c>write</c>, in alphabetical order; scopes without any right are left out.</summary>
    public IReadOnlyDictionary<string, string> Levels => levels;

    /// <summary>From the value of <c>permissions</c>; null when the key is absent.</summary>
    public static PermissionSet? Of(TemplateToken? token) => token switch
    {
        null => null,
        StringToken { Value: PermissionScopes.ReadAll } => All("read"),
        StringToken { Value: PermissionScopes.WriteAll } => All("write"),
        _ => OfEntries(token),
    };

    /// <summary>The scopes in which this asks for more than <paramref name="allowed"/> gives, in alphabetical order.</summary>
    public IReadOnlyList<(string Scope, string Asked, string Allowed)> Exceeds(PermissionSet allowed) =>
    [
        .. levels.Select(asked => (Scope: asked.Key, Asked: asked.Value, Allowed: allowed.levels.GetValueOrDefault(asked.Key, "none")))
            .Where(asked => asked.Allowed != "write" && asked.Allowed != asked.Asked),
    ];

    private static PermissionSet All(string level) => Of(PermissionScopes.All.Where(scope => scope.InAll), _ => level);

    private static PermissionSet Of(IEnumerable<PermissionScopes.Scope> scopes, Func<PermissionScopes.Scope, string> level)
    {
        var levels = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (var scope in scopes)
        {
            levels.Add(scope.Name, level(scope));
        }

        return new PermissionSet(levels);
    }

    private static PermissionSet OfEntries(TemplateToken token)
    {
        var levels = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (var entry in token.NamedEntries())
        {
            if (entry.Value.Text() is "read" or "write")
            {
                levels.Add(entry.Key.Value, entry.Value.Text()!);
            }
        }

        return new PermissionSet(levels);
    }
}
