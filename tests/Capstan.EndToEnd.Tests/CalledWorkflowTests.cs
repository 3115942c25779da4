using System.Text.Json;
using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>Workflows that call workflows, from a push to what their steps print.</summary>
public sealed class CalledWorkflowTests
{
    [Fact]
    public async Task A_push_runs_a_workflow_of_its_own_repository_and_one_of_another_with_the_actions_of_that()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        await installation.PostAsync("v1/orgs/acme/repos", new { path = "tools", name = "tools", visibility = "public" });
        var tools = await installation.CreateTreeAsync(
            ("greet/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: 'echo \"greeted from ${{ github.action_repository }}\"', shell: bash }\n"),
            (".github/workflows/shared.yml", """
                on: { workflow_call: { inputs: { who: { type: string } }, outputs: { said: { value: '${{ jobs.say.outputs.said }}' } } } }
                jobs:
                  say:
                    runs-on: ubuntu-latest
                    outputs: { said: '${{ steps.it.outputs.said }}' }
                    steps:
                      - uses: $/greet
                      - { id: it, run: 'echo "said=${{ inputs.who }} in ${{ job.workflow_repository }} for ${{ github.repository }}" >> "$GITHUB_OUTPUT"' }
                """));
        (await tools.PushAsync(installation.CloneUrl.Replace("/sample.git", "/tools.git", StringComparison.Ordinal))).Good();
        var tree = await installation.PushAsync(
            (".github/workflows/local.yml", "on: { workflow_call: { inputs: { n: { type: number } } } }\njobs: { show: { runs-on: ubuntu-latest, steps: [ { run: 'echo \"n is ${{ inputs.n }}\"' } ] } }"),
            (".github/workflows/ci.yml", """
                on: push
                jobs:
                  shared: { uses: acme/tools/.github/workflows/shared.yml@main, with: { who: Ada } }
                  each: { needs: shared, strategy: { matrix: { n: [1, 2] } }, uses: ./.github/workflows/local.yml, with: { n: '${{ matrix.n }}' } }
                  last: { needs: [shared, each], runs-on: ubuntu-latest, steps: [ { run: 'echo "${{ needs.shared.outputs.said }}, ${{ needs.each.result }}"' } ] }
                """));

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        var jobs = (await installation.JobsAsync(run)).ToDictionary(NameOf);
        Assert.Equal(["shared", "shared / say", "each (1)", "each (1) / show", "each (2)", "each (2) / show", "last"], (await installation.JobsAsync(run)).Select(NameOf));
        Assert.True(run.GetProperty("conclusion").GetString() == "success", await installation.WholeLogAsync(jobs["last"]));
        Assert.Contains("greeted from acme/tools", await installation.WholeLogAsync(jobs["shared / say"]), StringComparison.Ordinal);
        Assert.Contains("n is 2", await installation.WholeLogAsync(jobs["each (2) / show"]), StringComparison.Ordinal);
        Assert.Contains("Ada in acme/tools for acme/sample, success", await installation.WholeLogAsync(jobs["last"]), StringComparison.Ordinal);
    }

    private static string NameOf(JsonElement job) => job.GetProperty("name").GetString()!;
}
