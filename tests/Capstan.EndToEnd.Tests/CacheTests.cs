using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>The built-in actions for caches, between runs of a server.</summary>
public sealed class CacheTests
{
    private const string Workflow = """
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/cache@v4
                id: cache
                with: { key: 'deps-${{ github.ref_name }}', path: deps, restore-keys: deps- }
              - run: echo "found=${{ steps.cache.outputs.cache-matched-key }} hit=${{ steps.cache.outputs.cache-hit }} content=$(cat deps/by 2>&1)."
              - run: mkdir -p deps && echo ${{ github.ref_name }} > deps/by
        """;

    [Fact]
    public async Task A_later_run_finds_what_its_branch_or_the_default_branch_saved_and_not_a_siblings()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var tree = await installation.PushAsync((".github/workflows/ci.yml", Workflow));

        Assert.Contains("found= hit= content=", await LogOfAsync(installation, await tree.HeadAsync()), StringComparison.Ordinal);
        Assert.Contains("found=deps-main hit=false content=main.", await PushedAsync(installation, tree, "topic"), StringComparison.Ordinal);
        Assert.Contains("found=deps-topic hit=true content=topic.", await PushedAsync(installation, tree, "topic"), StringComparison.Ordinal);
        Assert.Contains("found=deps-main hit=false content=main.", await PushedAsync(installation, tree, "sibling"), StringComparison.Ordinal);
    }

    private static async Task<string> PushedAsync(Installation installation, GitTree tree, string branch)
    {
        await tree.CommitAsync();
        (await tree.PushAsync(installation.CloneUrl, $"HEAD:refs/heads/{branch}")).Good();
        return await LogOfAsync(installation, await tree.HeadAsync());
    }

    private static async Task<string> LogOfAsync(Installation installation, string commit)
    {
        var run = await installation.CompletedAsync(await installation.RunOfAsync(commit));
        var log = await installation.WholeLogAsync((await installation.JobsAsync(run)).Single());
        Assert.True(run.GetProperty("conclusion").GetString() == "success", log);
        return log;
    }
}
