using System.IO.Compression;
using System.Text;
using Capstan.Runner.Files;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Git;

/// <summary>A commit's own words: who, when, what.</summary>
/// <param name="When">As the author's clock showed it.</param>
internal sealed record GitCommit(string Sha, string Tree, IReadOnlyList<string> Parents, GitPerson Author, GitPerson Committer, DateTimeOffset When, string Message)
{
    private const int LargestCommitBytes = 1024 * 1024;

    /// <summary><see cref="When"/> as ISO 8601 has it, with the offset in hours and minutes.</summary>
    public string WhenText => $"{When:s}{(When.Offset < TimeSpan.Zero ? '-' : '+')}{When.Offset.Duration().ToString("c")[..5]}";

    /// <summary>A commit that was not read: before the first one, or when git could not say.</summary>
    public static GitCommit Unknown(string sha) => new(sha, "", [], GitPerson.Nobody, GitPerson.Nobody, DateTimeOffset.UnixEpoch, "");

    /// <summary>Reads the object from its own file, as it is until git packs it; else asks <paramref name="askGit"/> for <c>cat-file commit</c>.</summary>
    public static GitCommit Read(GitFolder git, string sha, Func<string, string?> askGit)
    {
        var file = Path.Combine(git.Shared, "objects", sha[..2], sha[2..]);
        if (File.Exists(file))
        {
            using var inflated = new ZLibStream(new MemoryStream(WholeFile.Read(file)), CompressionMode.Decompress);
            var bytes = new byte[LargestCommitBytes];
            var text = Encoding.UTF8.GetString(bytes, 0, inflated.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            // The object begins with `commit <size>` and a zero.
            return Parse(sha, text[(text.IndexOf('\0', StringComparison.Ordinal) + 1)..]);
        }

        return askGit(sha) is { } answer ? Parse(sha, answer) : Unknown(sha);
    }

    /// <summary>Header lines, an empty line, the message.</summary>
    internal static GitCommit Parse(string sha, string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var headers = TextParts.Of(end < 0 ? text : text[..end], '\n');
        var (author, when) = GitPerson.Parse(Header(headers, "author") ?? "");
        var (committer, _) = GitPerson.Parse(Header(headers, "committer") ?? "");
        return new GitCommit(sha, Header(headers, "tree") ?? "", ParentsIn(headers), author, committer, when, end < 0 ? "" : text[(end + 2)..].TrimEnd('\n'));
    }

    private static List<string> ParentsIn(string[] headers)
    {
        var parents = new List<string>();
        foreach (var header in headers)
        {
            if (header.StartsWith("parent ", StringComparison.Ordinal))
            {
                parents.Add(header["parent ".Length..]);
            }
        }

        return parents;
    }

    private static string? Header(string[] headers, string name) =>
        Array.Find(headers, h => h.StartsWith(name + " ", StringComparison.Ordinal))?[(name.Length + 1)..];
}

internal sealed record GitPerson(string Name, string Email)
{
    public static GitPerson Nobody { get; } = new("", "");

    /// <summary>Reads <c>Name &lt;mail&gt; seconds +zone</c>.</summary>
    internal static (GitPerson Person, DateTimeOffset When) Parse(string line)
    {
        var open = line.IndexOf('<', StringComparison.Ordinal);
        var close = line.IndexOf('>', StringComparison.Ordinal);
        if (open < 0 || close < open)
        {
            return (Nobody, DateTimeOffset.UnixEpoch);
        }

        var person = new GitPerson(line[..open].TrimEnd(), line[(open + 1)..close]);
        var rest = line.AsSpan(close + 1).Trim(' ');
        var space = rest.IndexOf(' ');
        if (space < 0 || !long.TryParse(rest[..space], out var seconds) || !int.TryParse(rest[space..], out var zone))
        {
            return (person, DateTimeOffset.UnixEpoch);
        }

        try
        {
            return (person, DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(new TimeSpan(zone / 100, zone % 100, 0)));
        }
        catch (ArgumentOutOfRangeException)
        {
            // Git keeps what it is told, also years and zones that no clock has.
            return (person, DateTimeOffset.UnixEpoch);
        }
    }
}
