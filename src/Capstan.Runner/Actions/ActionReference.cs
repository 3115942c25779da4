namespace Capstan.Runner.Actions;

/// <summary>What <c>uses</c> of a step names. Its form was checked when the file was read.</summary>
internal abstract record ActionReference
{
    private const string SameRepositoryPrefix = "$/";
    private const string WindowsLocalPrefix = ".\\";

    private ActionReference()
    {
    }

    /// <param name="Path">As written, from the workspace's root.</param>
    public sealed record Local(string Path) : ActionReference;

    /// <param name="Name"><c>owner/repo</c>.</param>
    /// <param name="Path">Inside the repository, without slashes at its ends; empty for its root.</param>
    public sealed record Remote(string Name, string Path, string Ref) : ActionReference
    {
        public override string ToString() => (Path.Length == 0 ? Name : Name + "/" + Path) + "@" + Ref;
    }

    /// <summary><c>$/path</c>: of the repository that the file with this reference is from, at the same commit.</summary>
    public sealed record SameRepository(string Path) : ActionReference;

    /// <summary>Something this runner has no way to execute yet.</summary>
    public sealed record Unknown(string Uses) : ActionReference;

    public static ActionReference Parse(string uses)
    {
        // An escape in the workflow can bring one; in a path it would be an exception.
        if (uses.Contains('\0', StringComparison.Ordinal)) return new Unknown(uses);
        if (uses.StartsWith("./", StringComparison.Ordinal) || uses is ".") return new Local(uses);
        if (uses.StartsWith(WindowsLocalPrefix, StringComparison.Ordinal)) return new Local(uses.Replace('\\', '/'));
        if (uses.StartsWith(SameRepositoryPrefix, StringComparison.Ordinal)) return LeavesRepository(uses) ? new Unknown(uses) : new SameRepository(uses[SameRepositoryPrefix.Length..].Trim('/'));
        var at = uses.IndexOf('@', StringComparison.Ordinal);
        if (at <= 0 || uses.Contains("://", StringComparison.Ordinal)) return new Unknown(uses);
        var parts = uses[..at].Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || !IsName(parts[0]) || !IsName(parts[1]) || LeavesRepository(uses)
            ? new Unknown(uses)
            : new Remote(parts[0] + "/" + parts[1], string.Join('/', parts[2..]), uses[(at + 1)..]);
    }

    private static bool LeavesRepository(string uses) => uses.Split('/', '\\', '@').Contains("..");

    /// <summary>Of an owner or a repository: it becomes part of an address and of a folder.</summary>
    private static bool IsName(string text) => text is not "." && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
