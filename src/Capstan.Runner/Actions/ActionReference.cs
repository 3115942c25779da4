namespace Capstan.Runner.Actions;

/// <summary>What <c>uses</c> of a step names.</summary>
internal abstract record ActionReference
{
    private ActionReference()
    {
    }

    /// <param name="Path">As written, from the workspace's root.</param>
    public sealed record Local(string Path) : ActionReference;

    /// <param name="Name"><c>owner/repo</c>.</param>
    /// <param name="Path">Inside the repository; empty for its root.</param>
    public sealed record Remote(string Name, string Path, string Ref) : ActionReference;

    /// <summary>Something this runner has no way to execute yet.</summary>
    public sealed record Unknown(string Uses) : ActionReference;

    public static ActionReference Parse(string uses)
    {
        if (uses.StartsWith("./", StringComparison.Ordinal) || uses is ".") return new Local(uses);
        var at = uses.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || uses.Contains("://", StringComparison.Ordinal) || uses.StartsWith("$/", StringComparison.Ordinal)) return new Unknown(uses);
        var parts = uses[..at].Split('/', 3);
        return parts.Length < 2 ? new Unknown(uses) : new Remote(parts[0] + "/" + parts[1], parts.Length == 3 ? parts[2] : "", uses[(at + 1)..]);
    }
}
