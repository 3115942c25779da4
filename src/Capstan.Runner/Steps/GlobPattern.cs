namespace Capstan.Runner.Steps;

/// <summary>
/// A path pattern of <c>hashFiles</c>: <c>*</c>, <c>?</c> and <c>[...]</c> within a name, <c>**</c> for any number of folders, a leading <c>!</c> takes away. Names that begin with a dot are
/// names like others, and a pattern that matches a folder matches all that is in it. Immutable.
/// </summary>
internal sealed class GlobPattern
{
    private readonly string[] segments;

    private GlobPattern(string[] segments, bool negated)
    {
        this.segments = segments;
        Negated = negated;
    }

    public bool Negated { get; }

    /// <param name="root">Absolute patterns count from the file system's root and match below this folder only.</param>
    public static GlobPattern Parse(string text, string root)
    {
        var negated = false;
        while (text.StartsWith('!'))
        {
            negated = !negated;
            text = text[1..].Trim();
        }

        if (text.StartsWith('/'))
        {
            var prefix = root.TrimEnd('/') + "/";
            // A pattern outside the workspace matches nothing in it.
            if (!text.StartsWith(prefix, StringComparison.Ordinal)) return new GlobPattern(["\0"], negated);
            text = text[prefix.Length..];
        }

        return new GlobPattern([.. text.Split('/').Where(s => s.Length > 0 && s != ".")], negated);
    }

    /// <param name="path">Relative, with slashes.</param>
    public bool Matches(string path) => MatchSegments(path.Split('/'), 0, 0);

    /// <summary>Whether something in the folder could match, so that others need not be walked.</summary>
    public bool MayMatchIn(string folder)
    {
        var names = folder.Split('/');
        for (var i = 0; i < names.Length && i < segments.Length && segments[i] != "**"; i++)
        {
            if (!MatchesName(segments[i], names[i])) return false;
        }

        return true;
    }

    /// <summary>Whether a pattern without slashes matches a whole name.</summary>
    public static bool MatchesName(string pattern, string name) => MatchName(pattern, 0, name, 0);

    private bool MatchSegments(string[] names, int name, int segment)
    {
        while (segment < segments.Length)
        {
            if (segments[segment] == "**")
            {
                if (segment == segments.Length - 1) return true;
                for (var skip = name; skip <= names.Length; skip++)
                {
                    if (MatchSegments(names, skip, segment + 1)) return true;
                }

                return false;
            }

            if (name >= names.Length || !MatchesName(segments[segment], names[name])) return false;
            name++;
            segment++;
        }

        return true;
    }

    private static bool MatchName(string pattern, int p, string name, int n)
    {
        while (p < pattern.Length)
        {
            switch (pattern[p])
            {
                case '*':
                    for (var skip = n; skip <= name.Length; skip++)
                    {
                        if (MatchName(pattern, p + 1, name, skip)) return true;
                    }

                    return false;
                case '?':
                    if (n >= name.Length) return false;
                    p++;
                    n++;
                    break;
                case '[' when p + 2 < pattern.Length && pattern.IndexOf(']', p + 2) is var close && close > 0:
                    if (n >= name.Length || !InSet(pattern.AsSpan(p + 1, close - p - 1), name[n])) return false;
                    p = close + 1;
                    n++;
                    break;
                case '\\' when p + 1 < pattern.Length:
                    if (n >= name.Length || name[n] != pattern[p + 1]) return false;
                    p += 2;
                    n++;
                    break;
                default:
                    if (n >= name.Length || name[n] != pattern[p]) return false;
                    p++;
                    n++;
                    break;
            }
        }

        return n == name.Length;
    }

    private static bool InSet(ReadOnlySpan<char> set, char c)
    {
        var negated = set.Length > 0 && set[0] is '!' or '^';
        if (negated) set = set[1..];
        for (var i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2]) return !negated;
                i += 2;
            }
            else if (set[i] == c)
            {
                return !negated;
            }
        }

        return negated;
    }
}
