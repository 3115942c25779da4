namespace Capstan.Server.Git;

/// <summary>Full names of refs, such as <c>refs/heads/main</c>.</summary>
internal static class RefName
{
    public const string Heads = "refs/heads/";
    public const string Tags = "refs/tags/";

    /// <summary>Refs that only the server writes, with who they are for: pull requests, and the server's own notes.</summary>
    private static readonly string[] Reserved = ["refs/pull/", "refs/capstan/"];

    /// <summary>Longer names do not fit a file name of the refs folder once git adds <c>.lock</c>.</summary>
    private const int MaxPartLength = 250;

    private const int MaxLength = 1000;

    /// <summary>The branch's name, or null when the ref is no branch.</summary>
    public static string? BranchOf(string reference) => reference.StartsWith(Heads, StringComparison.Ordinal) ? reference[Heads.Length..] : null;

    public static string? TagOf(string reference) => reference.StartsWith(Tags, StringComparison.Ordinal) ? reference[Tags.Length..] : null;

    // Without regard to case: on a file system that folds case these would be the same folders.
    public static bool IsReserved(string reference) => Array.Exists(Reserved, prefix => reference.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether git takes this as a full name of a ref (the rules of <c>git check-ref-format</c>, and our lengths).</summary>
    /// <remarks>Source: <see href="https://git-scm.com/docs/git-check-ref-format#_description"/>.</remarks>
    public static bool IsValid(string reference)
    {
        if (reference.Length > MaxLength || !reference.StartsWith("refs/", StringComparison.Ordinal))
            return false;
        if (reference.Contains("..", StringComparison.Ordinal) || reference.Contains("@{", StringComparison.Ordinal) || reference.EndsWith('.'))
            return false;
        foreach (var c in reference)
        {
            if (c <= ' ' || c == '\x7f' || " ~^:?*[\\".Contains(c, StringComparison.Ordinal))
                return false;
        }

        var parts = reference.Split('/');
        return parts.Length >= 3 && parts.All(IsValidPart);
    }

    /// <summary>Whether a branch may have this name, which is given without <c>refs/heads/</c>.</summary>
    public static bool IsValidBranch(string branch) => branch.Length > 0 && branch[0] != '-' && branch != "HEAD" && IsValid(Heads + branch);

    private static bool IsValidPart(string part) =>
        part.Length is > 0 and <= MaxPartLength && part[0] != '.' && !part.EndsWith(".lock", StringComparison.Ordinal);
}
