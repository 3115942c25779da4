using System.Globalization;
using System.Text;

namespace Capstan.Server.Git;

/// <summary>Who wrote or recorded a commit, and when, in their own time zone.</summary>
internal sealed record CommitSignature(string Name, string Email, DateTimeOffset When)
{
    /// <summary>Reads <c>Name &lt;mail&gt; seconds zone</c>. What old or broken tools wrote comes back as far as it can be read.</summary>
    internal static CommitSignature Parse(string text)
    {
        var open = text.LastIndexOf('<');
        var close = text.LastIndexOf('>');
        if (open < 0 || close < open)
            return new CommitSignature(text.Trim(), "", DateTimeOffset.UnixEpoch);
        var time = text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new CommitSignature(text[..open].Trim(), text[(open + 1)..close], Time(time.ElementAtOrDefault(0), time.ElementAtOrDefault(1)));
    }

    private static DateTimeOffset Time(string? seconds, string? zone)
    {
        if (!long.TryParse(seconds, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unix) || unix is < 0 or > 253_402_214_400)
            return DateTimeOffset.UnixEpoch;
        var time = DateTimeOffset.FromUnixTimeSeconds(unix);
        if (!int.TryParse(zone, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var digits))
            return time;
        var offset = new TimeSpan(digits / 100, digits % 100, 0);
        return offset.Duration() <= TimeSpan.FromHours(14) && offset.Seconds == 0 ? time.ToOffset(offset) : time;
    }
}

/// <summary>A commit as git stores it.</summary>
/// <param name="Message">Whole, with its trailing line break if it has one.</param>
internal sealed record Commit(string Sha, string Tree, IReadOnlyList<string> Parents, CommitSignature Author, CommitSignature Committer, string Message)
{
    /// <summary>The largest commit object that is read: messages are text of people.</summary>
    public const int MaxBytes = 1024 * 1024;

    public static Commit Parse(GitObject commit)
    {
        var text = Encoding.UTF8.GetString(commit.Content);
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var (headers, message) = end < 0 ? (text, "") : (text[..end], text[(end + 2)..]);
        var (tree, parents) = ("", new List<string>());
        var nobody = new CommitSignature("", "", DateTimeOffset.UnixEpoch);
        var (author, committer) = (nobody, nobody);
        foreach (var line in headers.Split('\n'))
        {
            var space = line.IndexOf(' ');
            var value = space < 0 ? "" : line[(space + 1)..];
            switch (space < 0 ? line : line[..space])
            {
                case "tree":
                    tree = value;
                    break;
                case "parent":
                    parents.Add(value);
                    break;
                case "author":
                    author = CommitSignature.Parse(value);
                    break;
                case "committer":
                    committer = CommitSignature.Parse(value);
                    break;
            }
        }

        return new Commit(commit.Sha, tree, parents, author, committer, message);
    }

    /// <summary>The commit that <paramref name="revision"/> names, through tags; null when it names none.</summary>
    public static async Task<Commit?> ReadAsync(ObjectReader reader, string revision, CancellationToken cancellationToken) =>
        await reader.ReadAsync(revision + "^{commit}", MaxBytes, cancellationToken) is ObjectRead.Found { Object: { Type: "commit" } found } ? Parse(found) : null;
}
