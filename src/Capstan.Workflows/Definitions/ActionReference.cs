namespace Capstan.Workflows.Definitions;

/// <summary>
/// What the <c>uses</c> of a step names: <c>owner/repo[/path]@ref</c>, <c>./path</c>, <c>$/path</c> or <c>docker://image</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
/// </summary>
public abstract record ActionReference
{
    /// <summary>Of an image, wherever one can be named beside an action.</summary>
    internal const string DockerPrefix = "docker://";
    private const string SameRepositoryPrefix = "$/";

    private ActionReference()
    {
    }

    /// <param name="Path">As written, from the workspace's root, with <c>/</c>.</param>
    public sealed record Local(string Path) : ActionReference;

    /// <summary><c>$/path</c>: of the repository that the file with this reference is from, at the same commit.</summary>
    /// <param name="Path">Inside the repository, without slashes at its ends.</param>
    public sealed record SameRepository(string Path) : ActionReference;

    /// <param name="Name"><c>owner/repo</c>.</param>
    /// <param name="Path">Inside the repository, without slashes at its ends; empty for its root.</param>
    public sealed record Remote(string Name, string Path, string Ref) : ActionReference
    {
        public override string ToString() => (Path.Length == 0 ? Name : Name + "/" + Path) + "@" + Ref;
    }

    /// <param name="Image">With its tag or digest.</param>
    public sealed record Docker(string Image) : ActionReference;

    /// <summary>None of them, or none that could be fetched: its path leaves the repository, its name can be part of no address, or a ref stands behind <c>$/path</c>.</summary>
    public sealed record Unknown(string Uses) : ActionReference;

    /// <summary>Never throws.</summary>
    public static ActionReference Parse(string uses)
    {
        // An escape in the workflow can bring one; in a path it would be an exception.
        if (uses.Contains('\0', StringComparison.Ordinal))
            return new Unknown(uses);
        if (IsDocker(uses))
            return new Docker(uses[DockerPrefix.Length..]);
        if (IsSameRepository(uses))
            return HasParentFolder(uses) || uses.Contains('@', StringComparison.Ordinal) ? new Unknown(uses) : new SameRepository(uses[SameRepositoryPrefix.Length..].Trim('/'));
        if (IsLocal(uses) || uses is ".")
            return new Local(uses.StartsWith(".\\", StringComparison.Ordinal) ? uses.Replace('\\', '/') : uses);
        return Split(uses) is { } remote && IsName(remote.Owner) && IsName(remote.Repository) && !HasParentFolder(uses)
            ? new Remote($"{remote.Owner}/{remote.Repository}", remote.Path, remote.Ref)
            : new Unknown(uses);
    }

    internal static bool IsDocker(string uses) => uses.StartsWith(DockerPrefix, StringComparison.Ordinal);

    /// <summary>In the workspace, or in the file's own repository.</summary>
    internal static bool IsLocal(string uses) =>
        uses.StartsWith("./", StringComparison.Ordinal) || uses.StartsWith(".\\", StringComparison.Ordinal)
            || IsSameRepository(uses);

    /// <summary><c>$/path</c>, which names no ref.</summary>
    internal static bool IsSameRepository(string uses) => uses.StartsWith(SameRepositoryPrefix, StringComparison.Ordinal);

    /// <summary>Those of the workspace may: what is beside it is the job's as well.</summary>
    internal static bool LeavesRepository(string uses) =>
        (IsSameRepository(uses) || (!IsLocal(uses) && !IsDocker(uses))) && HasParentFolder(uses.Split('@')[0]);

    /// <summary>The parts of <c>owner/repo[/path]@ref</c>, whatever they are; null for a text of another form.</summary>
    internal static (string Owner, string Repository, string Path, string Ref)? Split(string uses)
    {
        var at = uses.IndexOf('@', StringComparison.Ordinal);
        if (at < 0 || at == uses.Length - 1 || uses.IndexOf('@', at + 1) >= 0)
            return null;

        var segments = uses[..at].Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return segments.Length < 2 ? null : (segments[0], segments[1], string.Join('/', segments.Skip(2)), uses[(at + 1)..]);
    }

    private static bool HasParentFolder(string text) => text.Split('/', '\\', '@').Contains("..", StringComparer.Ordinal);

    /// <summary>Of an owner or a repository: it becomes part of an address and of a folder.</summary>
    private static bool IsName(string text) => text is not "." && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
