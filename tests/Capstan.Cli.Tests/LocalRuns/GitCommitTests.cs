using Capstan.Cli.LocalRuns.Git;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class GitCommitTests
{
    [Theory]
    [InlineData("-0330", "2023-11-14T18:43:20-03:30")]
    [InlineData("-0030", "2023-11-14T21:43:20-00:30")]
    [InlineData("+0000", "2023-11-14T22:13:20+00:00")]
    [InlineData("+0545", "2023-11-15T03:58:20+05:45")]
    public void Its_time_is_that_of_the_authors_clock_with_the_offset(string zone, string text)
    {
        var commit = GitCommit.Parse("1", $"tree 2\nauthor Ada <ada@example.org> 1700000000 {zone}\ncommitter Bob <b@example.org> 1 +0100\n\nThe first\n");

        Assert.Equal(text, commit.WhenText);
    }

    [Theory]
    [InlineData("1262304000 +9999")]
    [InlineData("1262304000 +2400")]
    [InlineData("1262304000 -99999")]
    [InlineData("-62135596801 +0000")]
    [InlineData("99999999999999 +0000")]
    public void A_time_that_no_clock_shows_is_the_beginning_of_time(string when)
    {
        var commit = GitCommit.Parse("1", $"tree 2\nauthor Ada <ada@example.org> {when}\ncommitter Bob <b@example.org> {when}\n\nThe first\n");

        Assert.Equal(("Ada", "1970-01-01T00:00:00+00:00"), (commit.Author.Name, commit.WhenText));
    }
}
