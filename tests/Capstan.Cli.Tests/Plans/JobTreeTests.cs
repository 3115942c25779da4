using System.Text;
using Capstan.Cli.Plans;
using Xunit;

namespace Capstan.Cli.Tests.Plans;

public sealed class JobTreeTests
{
    [Fact]
    public void A_job_hangs_below_the_one_of_its_needs_that_has_most_before_it()
    {
        var drawn = Drawn(Job("d", "a", "c"), Job("a"), Job("b"), Job("c", "B"));

        Assert.Equal("├─ a\n└─ b\n   └─ c\n      └─ d\n", drawn);
    }

    [Fact]
    public void Behind_the_last_level_a_chain_goes_straight_down_and_says_what_each_job_waits_for()
    {
        var chain = Enumerable.Range(0, JobTree.MaxLevels + 3).Select(n => n == 0 ? Job("j0") : Job($"j{n}", $"j{n - 1}")).Append(Job("side", $"j{JobTree.MaxLevels}"));

        var lines = Drawn([.. chain]).Split('\n');

        var margin = new string(' ', 3 * (JobTree.MaxLevels - 1));
        Assert.Equal(
            [
                $"{margin}├─ j11  after j10",
                $"{margin}├─ j12  after j11",
                $"{margin}├─ j13  after j12",
                $"{margin}├─ j14  after j13",
                $"{margin}└─ side  after j12",
                "",
            ],
            lines[(JobTree.MaxLevels - 1)..]);
    }

    /// <summary>As long as a workflow file of the largest size may make it.</summary>
    [Fact]
    public void A_chain_of_thirty_thousand_jobs_is_drawn_in_lines_of_bounded_length()
    {
        var drawn = Drawn([.. Enumerable.Range(0, 30_000).Select(n => n == 0 ? Job("j0") : Job($"j{n}", $"j{n - 1}"))]);

        Assert.All(drawn.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    private static JobBranch Job(string key, params string[] needs) => new(key, needs, key, [], []);

    private static string Drawn(params JobBranch[] jobs)
    {
        var text = new StringBuilder();
        JobTree.Draw(text, "", jobs);
        return text.ToString();
    }
}
