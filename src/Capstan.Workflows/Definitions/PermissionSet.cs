using Capstan.Workflows.Schema;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// What a token may do, scope by scope. A scope that is not named is not allowed.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
/// </summary>
public sealed class PermissionSet
{
    private readonly SortedDictionary<string, string> levels;

    private PermissionSet(IEnumerable<KeyValuePair<string, string>> levels) =>
        this.levels = new(new Dictionary<string, string>(levels), StringComparer.Ordinal);

    /// <summary>What a token may do where nothing is said, in a restricted repository: read contents and packages.</summary>
    public static PermissionSet LimitedRead { get; } = new([new("contents", "read"), new("packages", "read")]);

    /// <summary>Everything.</summary>
    public static PermissionSet Write { get; } =
        new(PermissionScopes.All.Select(scope => KeyValuePair.Create(scope.Name, scope.Levels.Contains("write") ? "write" : "read")));

    /// <summary>Scope to <c>read</c> or <c>write</c>, in alphabetical order; scopes without any right are left out.</summary>
    public IReadOnlyDictionary<string, string> Levels => levels;

    /// <summary>From the value of <c>permissions</c>; null when the key is absent.</summary>
    public static PermissionSet? Of(TemplateToken? token) => token switch
    {
        null => null,
        StringToken { Value: PermissionScopes.ReadAll } => All("read"),
        StringToken { Value: PermissionScopes.WriteAll } => All("write"),
        _ => new PermissionSet(token.NamedEntries()
            .Where(entry => entry.Value.Text() is "read" or "write")
            .Select(entry => KeyValuePair.Create(entry.Key.Value, entry.Value.Text()!))),
    };

    /// <summary>The scopes in which this asks for more than <paramref name="allowed"/> gives, in alphabetical order.</summary>
    public IReadOnlyList<(string Scope, string Asked, string Allowed)> Exceeds(PermissionSet allowed) =>
    [
        .. levels.Select(asked => (Scope: asked.Key, Asked: asked.Value, Allowed: allowed.levels.GetValueOrDefault(asked.Key, "none")))
            .Where(asked => asked.Allowed != "write" && asked.Allowed != asked.Asked),
    ];

    private static PermissionSet All(string level) =>
        new(PermissionScopes.All.Where(scope => scope.InAll).Select(scope => KeyValuePair.Create(scope.Name, level)));
}
