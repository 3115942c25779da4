namespace Capstan.Workflows.Triggers;

/// <summary>
/// Patterns that are well formed but can match nothing, because no branch, tag or path has such a name: mostly regular expressions and paths of the shell.
/// </summary>
internal static class FilterPatternAdvice
{
    /// <summary>
    /// For <c>branches</c> and <c>tags</c>.
    /// Source: https://git-scm.com/docs/git-check-ref-format
    /// </summary>
    /// <returns>Null when there is nothing to say, also for a pattern that is not well formed.</returns>
    public static FilterPatternError? ForRef(string pattern)
    {
        var (start, name) = WithoutNegation(pattern);
        var invalid = name.AsSpan().IndexOfAny(" ~^:");
        if (invalid >= 0)
        {
            return new FilterPatternError(
                $"'{name[invalid]}' cannot occur in the name of a branch or tag; the pattern is no regular expression",
                start + invalid + 1);
        }

        if (name.StartsWith('/') || name.EndsWith('/'))
        {
            return new FilterPatternError("The name of a branch or tag cannot begin or end with '/'", name.StartsWith('/') ? start + 1 : pattern.Length);
        }

        var doubled = name.IndexOf("//", StringComparison.Ordinal);
        if (doubled >= 0)
        {
            return new FilterPatternError("The name of a branch or tag cannot contain '//'", start + doubled + 1);
        }

        return name.EndsWith('.') ? new FilterPatternError("The name of a branch or tag cannot end with '.'", pattern.Length) : null;
    }

    /// <summary>For <c>paths</c>: they are relative to the repository's root.</summary>
    /// <returns>As <see cref="ForRef"/>.</returns>
    public static FilterPatternError? ForPath(string pattern)
    {
        var (start, name) = WithoutNegation(pattern);
        if (name.Length > 0 && (name[0] == ' ' || name[^1] == ' '))
        {
            return new FilterPatternError("Spaces around a path belong to it; no path begins or ends with one", name[0] == ' ' ? start + 1 : pattern.Length);
        }

        if (name.StartsWith('/'))
        {
            return new FilterPatternError("Paths are relative to the repository's root and do not begin with '/'", start + 1);
        }

        return name.Split('/')[0] is "." or ".."
            ? new FilterPatternError("Paths are relative to the repository's root and know no '.' and '..'", start + 1)
            : null;
    }

    private static (int Start, string Name) WithoutNegation(string pattern) => pattern.StartsWith('!') ? (1, pattern[1..]) : (0, pattern);
}
