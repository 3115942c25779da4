using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>What a newcomer does first.</summary>
public sealed class QuickstartTests
{
    private const string Workflow = """
        name: CI
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            strategy:
              matrix:
                part: [one, two]
            outputs:
              said: ${{ steps.say.outputs.said }}
            steps:
              - uses: actions/checkout@v4
              - id: say
                run: echo "said=$(cat greeting.txt)" >> "$GITHUB_OUTPUT"
          after:
            needs: build
            runs-on: ubuntu-latest
            steps:
              - run: echo "the commit ${{ github.sha }} said ${{ needs.build.outputs.said }}"
        """;

    [Fact]
    public async Task A_push_becomes_a_green_run()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await installation.PushAsync((".github/workflows/ci.yml", Workflow), ("greeting.txt", "ahoy"));

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        Assert.Equal("success", run.GetProperty("conclusion").GetString());
        var jobs = await installation.JobsAsync(run);
        Assert.Equal(["after", "build (one)", "build (two)"], jobs.Select(j => j.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains(
            $"the commit {await tree.HeadAsync()} said ahoy",
            await installation.WholeLogAsync(jobs.Single(j => j.GetProperty("name").GetString() == "after")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_start_keeps_all_data_and_runs_again()
    {
        var (installation, program) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await installation.PushAsync((".github/workflows/ci.yml", Workflow), ("greeting.txt", "ahoy"));
        await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));
        Assert.Equal(0, await program.EndAsync());

        await installation.StartUpAgainAsync();
        await tree.CommitAsync(("greeting.txt", "again"));
        (await tree.PushAsync(installation.CloneUrl)).Good();

        var second = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));
        Assert.Equal(("success", 2), (second.GetProperty("conclusion").GetString(), second.GetProperty("run_number").GetInt32()));
    }
}
