using Capstan.Cli.LocalRuns;
using Capstan.Contracts;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>Nobody sees how a rehearsal ends, so these do.</summary>
public sealed class RehearsalTests
{
    [Fact]
    public void It_comes_to_its_end_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(Conclusion.Success, Rehearsal.Run(() => folder["rehearsals"]));

        Assert.Empty(Directory.GetFileSystemEntries(folder["rehearsals"]));
    }

    [Fact]
    public void What_a_killed_one_left_goes_with_the_next_and_that_of_a_living_one_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["rehearsals/0/temp"]);
        Directory.CreateDirectory(folder["rehearsals/1/temp"]);

        Rehearsal.Run(() => folder["rehearsals"]);

        Assert.Equal(["1"], Directory.GetDirectories(folder["rehearsals"]).Select(Path.GetFileName));
    }
}
