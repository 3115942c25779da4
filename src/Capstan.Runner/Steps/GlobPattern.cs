namespace Capstan.Runner.Steps;

/// <summary>
/// A path pattern of <c>hashFiles</c>: <c>*</c>, <c>?</c> and <c>[...]</c> within a name, <c>**</c> for any number of folders, a leading <c>!</c> takes away. Names that begin with a dot are
/// names like others, and a pattern that matches a folder matches all that is in it. Immutable.
/// </summary>
internal sealed class GlobPattern
{
    private const string AnyFolders = "**";

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
    public bool Matches(string path) => MatchSegments(path.Split('/'));

    /// <summary>Whether something in the folder could match, so that others need not be walked.</summary>
    public bool MayMatchIn(string folder)
    {
        var names = folder.Split('/');
        for (var i = 0; i < names.Length && i < segments.Length && segments[i] != AnyFolders; i++)
        {
            if (!MatchesName(segments[i], names[i])) return false;
        }

        return true;
    }

    /// <summary>
    /// In a time that grows with names times segments: of several <c>**</c> only the last one passed has to take more folders when what follows it does not match. A pattern that is
    /// used up matches all below.
    /// </summary>
    private bool MatchSegments(string[] names)
    {
        var (name, segment) = (0, 0);
        var (afterAny, takenUpTo) = (-1, 0);
        while (segment < segments.Length)
        {
            if (segments[segment] == AnyFolders)
            {
                afterAny = ++segment;
                takenUpTo = name;
            }
            else if (name < names.Length && MatchesName(segments[segment], names[name]))
            {
                name++;
                segment++;
            }
            else if (afterAny >= 0 && takenUpTo < names.Length)
            {
                segment = afterAny;
                name = ++takenUpTo;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a pattern without slashes matches a whole name; of several <c>*</c> only the last one passed has to take more.</summary>
    public static bool MatchesName(string pattern, string name)
    {
        var (p, n) = (0, 0);
        var (afterAny, takenUpTo) = (-1, 0);
        while (p < pattern.Length || n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                afterAny = ++p;
                takenUpTo = n;
            }
            else if (p < pattern.Length && n < name.Length && MatchesOne(pattern, p, name[n]) is > 0 and var length)
            {
                p += length;
                n++;
            }
            else if (afterAny >= 0 && takenUpTo < name.Length)
            {
                p = afterAny;
                n = ++takenUpTo;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <returns>How long the part of the pattern is that stands for this character; 0 when it does not.</returns>
    private static int MatchesOne(string pattern, int at, char c)
    {
        switch (pattern[at])
        {
            case '?':
                return 1;
            case '[' when at + 2 < pattern.Length && pattern.IndexOf(']', at + 2) is var close && close > 0:
                return InSet(pattern.AsSpan(at + 1, close - at - 1), c) ? close + 1 - at : 0;
            case '\\' when at + 1 < pattern.Length:
                return pattern[at + 1] == c ? 2 : 0;
            default:
                return pattern[at] == c ? 1 : 0;
        }
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
