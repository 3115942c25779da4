using Capstan.Runner.Steps;

namespace Capstan.Runner.Files;

/// <summary>
/// One line of the <c>path</c> of actions that take files: <c>*</c>, <c>?</c> and <c>[...]</c> within a name, <c>**</c> for any number of folders, <c>~</c> for the home folder,
/// a leading <c>!</c> takes away, a slash at the end means folders only. Names that begin with a dot are names like others. Immutable.
/// Source: https://github.com/actions/toolkit/tree/main/packages/glob#patterns
/// </summary>
internal sealed class PathPattern
{
    private const string AnyFolders = "**";

    private readonly Segment[] segments;

    private PathPattern(Segment[] segments, bool negated, bool foldersOnly)
    {
        this.segments = segments;
        Negated = negated;
        FoldersOnly = foldersOnly;
        SearchPath = "/" + string.Join('/', segments.TakeWhile(segment => segment.IsLiteral).Select(segment => segment.Text));
    }

    public bool Negated { get; }

    public bool FoldersOnly { get; }

    /// <summary>Absolute: the part before the first name with a wildcard, below which everything lies that can match.</summary>
    public string SearchPath { get; }

    /// <param name="line">Neither empty nor a comment.</param>
    /// <param name="folder">Absolute; relative patterns begin here.</param>
    /// <exception cref="StepFailure">It goes up by <c>..</c>, or names the folder in its middle.</exception>
    public static PathPattern Parse(string line, string folder, string home)
    {
        var text = line;
        var negated = false;
        while (text.StartsWith('!'))
        {
            negated = !negated;
            text = text[1..].Trim();
        }

        var (root, rest) = text switch
        {
            "~" => (home, ""),
            _ when text.StartsWith("~/", StringComparison.Ordinal) => (home, text[2..]),
            _ when text.StartsWith('/') => ("/", text),
            _ => (folder, text),
        };
        var names = rest.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (names.Where((name, i) => name is ".." || (name is "." && i > 0)).Any())
        {
            throw new StepFailure($"Invalid pattern '{line}'. Relative pathing '.' and '..' is not allowed.");
        }

        var above = root.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(name => new Segment(name, IsLiteral: true));
        return new PathPattern([.. above, .. names.Where(name => name is not ".").Select(SegmentOf)], negated, text.EndsWith('/'));
    }

    /// <summary>All that lies in what this one matches; null for one that says so itself.</summary>
    public PathPattern? Descendants() =>
        segments is [.., { IsAnyFolders: true }] && !FoldersOnly ? null : new PathPattern([.. segments, new Segment(AnyFolders, IsLiteral: false)], Negated, foldersOnly: false);

    /// <param name="names">Of an absolute path.</param>
    public bool Matches(ReadOnlySpan<string> names) => Match(names, segments, partly: false);

    /// <summary>Whether something at or below the path could match.</summary>
    public bool MayMatchBelow(ReadOnlySpan<string> names) => Match(names, segments, partly: true);

    /// <summary>In a time that grows with names times segments: of several <c>**</c> only the last one passed has to take more folders when what follows it does not match.</summary>
    private static bool Match(ReadOnlySpan<string> names, ReadOnlySpan<Segment> segments, bool partly)
    {
        var (name, segment) = (0, 0);
        var (afterAny, takenUpTo) = (-1, 0);
        while (name < names.Length)
        {
            if (segment < segments.Length && segments[segment].IsAnyFolders)
            {
                if (partly) return true;
                afterAny = ++segment;
                takenUpTo = name;
            }
            else if (segment < segments.Length && segments[segment].Matches(names[name]))
            {
                name++;
                segment++;
            }
            else if (afterAny >= 0)
            {
                segment = afterAny;
                name = ++takenUpTo;
            }
            else
            {
                return false;
            }
        }

        while (segment < segments.Length && segments[segment].IsAnyFolders) segment++;
        return partly || segment == segments.Length;
    }

    private static Segment SegmentOf(string name)
    {
        var wild = name.AsSpan().IndexOfAny("*?[") >= 0;
        return wild || name.Contains('\\', StringComparison.Ordinal) ? Unescaped(name) : new Segment(name, IsLiteral: true);
    }

    /// <summary>A name whose wildcards are all escaped is one without.</summary>
    private static Segment Unescaped(string name)
    {
        var literal = new System.Text.StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] is '*' or '?' || (name[i] is '[' && name.IndexOf(']', i) > 0)) return new Segment(name, IsLiteral: false);
            if (name[i] is '\\' && i + 1 < name.Length) i++;
            literal.Append(name[i]);
        }

        return new Segment(literal.ToString(), IsLiteral: true);
    }

    private readonly record struct Segment(string Text, bool IsLiteral)
    {
        public bool IsAnyFolders => !IsLiteral && Text == AnyFolders;

        public bool Matches(string name) => IsLiteral ? name == Text : GlobPattern.MatchesName(Text, name);
    }
}
