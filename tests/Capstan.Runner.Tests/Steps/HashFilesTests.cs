using System.Security.Cryptography;
using Capstan.Runner.Steps;
using Capstan.Testing;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Runner.Tests.Steps;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#hashfiles</summary>
public sealed class HashFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public HashFilesTests()
    {
        foreach (var file in new[] { "a.lock", "b.txt", "sub/a.lock", "sub/deep/c.lock", ".hidden/d.lock", "[x].lock" }) Write(file);
        File.WriteAllText(Path.Combine(folder.Path, "outside.lock"), "outside");
        File.CreateSymbolicLink(Path.Combine(Workspace, "link.lock"), Path.Combine(Workspace, "b.txt"));
        File.CreateSymbolicLink(Path.Combine(Workspace, "linked"), Path.Combine(Workspace, "sub"));
        File.CreateSymbolicLink(Path.Combine(Workspace, "sub/round"), Path.Combine(Workspace, "sub"));
    }

    private string Workspace => Path.Combine(folder.Path, "workspace");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("*a*b", "aabab", true)]
    [InlineData("*a*b", "aaba", false)]
    [InlineData("a*", "a", true)]
    [InlineData("**", "", true)]
    [InlineData("*?", "", false)]
    [InlineData("*[!a]c", "abac", false)]
    [InlineData("*[!a]c", "aabc", true)]
    [InlineData(@"*\*", "a*", true)]
    [InlineData(@"*\*", "ab", false)]
    [InlineData("[a", "[a", true)]
    [InlineData("*a*a*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void A_name_matches_or_not_however_many_wildcards_there_are(string pattern, string name, bool matches) => Assert.Equal(matches, GlobPattern.MatchesName(pattern, name));

    [Theory]
    [InlineData("b", false)]
    [InlineData("c", true)]
    [InlineData("**", true)]
    public void Any_folders_again_and_again_cost_no_more_than_their_length(string last, bool matches)
    {
        var pattern = GlobPattern.Parse(string.Concat(Enumerable.Repeat("**/a/", 15)) + last, Workspace);

        Assert.Equal(matches, pattern.Matches(string.Concat(Enumerable.Repeat("a/", 40)) + "c"));
    }

    [Theory]
    [InlineData("a.lock", "a.lock")]
    [InlineData("*.lock", "[x].lock|a.lock|b.txt")]
    [InlineData("**/a.lock", "a.lock|sub/a.lock")]
    [InlineData("sub", "sub/a.lock|sub/deep/c.lock")]
    [InlineData("sub/**", "sub/a.lock|sub/deep/c.lock")]
    [InlineData("./sub/../*.txt", "")]
    [InlineData("?.txt", "b.txt")]
    [InlineData("[ab].lock", "a.lock")]
    [InlineData("[!b].lock", "a.lock")]
    [InlineData("\\[x\\].lock", "[x].lock")]
    [InlineData("**/*.lock|!sub/**|!link.lock", ".hidden/d.lock|[x].lock|a.lock")]
    [InlineData("**/*.lock|!sub/**|sub/deep/*.lock|!link.lock", ".hidden/d.lock|[x].lock|a.lock|sub/deep/c.lock")]
    [InlineData("!a.lock", "")]
    [InlineData("!!a.lock", "a.lock")]
    [InlineData("a.lock\n# a comment\n\n  b.txt  ", "a.lock|b.txt")]
    [InlineData("{workspace}/a.lock", "a.lock")]
    [InlineData("{workspace}/../outside.lock", "")]
    [InlineData("../outside.lock", "")]
    [InlineData("/etc/passwd", "")]
    [InlineData("A.lock", "")]
    [InlineData("linked/**", "")]
    [InlineData("--follow-symbolic-links|linked/**", "sub/a.lock|sub/deep/c.lock")]
    [InlineData("link.lock", "b.txt")]
    [InlineData("nothing", "")]
    public void The_hash_is_over_the_hashes_of_the_files_that_match(string patterns, string files)
    {
        var hash = HashFiles.Of(patterns.Replace("{workspace}", Workspace, StringComparison.Ordinal).Split('|'), Workspace, TimeProvider.System);

        Assert.Equal(HashOf(files), hash);
    }

    [Fact]
    public void A_link_to_nothing_is_an_error_that_names_it_and_none_where_links_are_followed()
    {
        File.CreateSymbolicLink(Path.Combine(Workspace, "broken.lock"), "/nowhere");

        var error = Assert.Throws<ExpressionEvaluationException>(() => HashFiles.Of(["*.lock"], Workspace, TimeProvider.System));

        Assert.Contains("broken.lock", error.Message, StringComparison.Ordinal);
        Assert.Equal(HashOf("[x].lock|a.lock|b.txt"), HashFiles.Of(["--follow-symbolic-links", "*.lock"], Workspace, TimeProvider.System));
    }

    [Fact]
    public void A_workspace_that_is_not_there_has_no_files()
    {
        Assert.Equal("", HashFiles.Of(["**"], Path.Combine(folder.Path, "missing"), TimeProvider.System));
    }

    [Fact]
    public void It_ends_after_120_seconds_also_when_a_file_has_no_end()
    {
        File.CreateSymbolicLink(Path.Combine(Workspace, "endless"), "/dev/zero");
        var clock = new HurriedClock(TimeSpan.FromSeconds(1));

        var error = Assert.Throws<ExpressionEvaluationException>(() => HashFiles.Of(["endless"], Workspace, clock));

        Assert.Equal("hashFiles did not finish within 120 seconds", error.Message);
        Assert.InRange(clock.Passed.TotalSeconds, 120, 122);
    }

    private string HashOf(string files)
    {
        if (files.Length == 0) return "";
        var hashes = files.Split('|').SelectMany(file => SHA256.HashData(File.ReadAllBytes(Path.Combine(Workspace, file)))).ToArray();
        return Convert.ToHexStringLower(SHA256.HashData(hashes));
    }

    private void Write(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Workspace, file))!);
        File.WriteAllText(Path.Combine(Workspace, file), "content of " + file);
    }

    /// <summary>Each look at it takes a while.</summary>
    private sealed class HurriedClock(TimeSpan step) : TimeProvider
    {
        public TimeSpan Passed { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (Passed += step).Ticks;
    }
}
