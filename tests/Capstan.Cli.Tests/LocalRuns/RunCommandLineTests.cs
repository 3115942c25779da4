using Capstan.Cli.LocalRuns;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class RunCommandLineTests
{
    [Theory]
    [InlineData("", "capstan run")]
    [InlineData("a.yml --event pull_request --ref feature", "capstan run a.yml --event pull_request --ref feature")]
    [InlineData("--job x --matrix v:1 --json --keep", "capstan run")]
    [InlineData("--secret TOKEN=hidden --environment-secret prod:KEY=hidden", "capstan run --secret TOKEN=... --environment-secret prod:KEY=...")]
    [InlineData("--var A=1 --environment-var prod:A=2", "capstan run --var A=1 --environment-var prod:A=2")]
    [InlineData("--var a=b;c --env d=it's --in-place", @"capstan run --var 'a=b;c' --env 'd=it'\''s' --in-place")]
    public void It_says_again_what_was_asked_but_for_the_choice_of_jobs_and_the_secrets(string typed, string expected) =>
        Assert.Equal(expected, RunCommandLine.Of(RunOptions.Parse(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries)), workflow: null));

    [Fact]
    public void Of_several_workflows_that_ran_it_names_the_one()
    {
        Assert.Equal("capstan run .github/workflows/b.yml", RunCommandLine.Of(RunOptions.Parse([]), ".github/workflows/b.yml"));
        Assert.Equal("capstan run a.yml", RunCommandLine.Of(RunOptions.Parse(["a.yml"]), workflow: null));
    }
}
