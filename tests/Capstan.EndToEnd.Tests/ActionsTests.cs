using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>Actions that jobs of a server use from the server's own repositories.</summary>
public sealed class ActionsTests
{
    private const string Greet =
        "inputs: { who: {} }\nruns:\n  using: composite\n  steps:\n    - { run: 'echo \"hello ${{ inputs.who }} from ${{ github.action_repository }}\"', shell: bash }\n";

    [Fact]
    public async Task A_job_uses_an_action_of_another_repository_and_one_of_its_own_private_one()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        await installation.PostAsync("v1/orgs/acme/repos", new { path = "tools", name = "tools", visibility = "public" });
        var tools = await installation.CreateTreeAsync(("greet/action.yml", Greet));
        (await tools.PushAsync(installation.CloneUrl.Replace("/sample.git", "/tools.git", StringComparison.Ordinal))).Good();
        var tree = await installation.PushAsync(
            ("own/action.yml", Greet),
            (".github/workflows/greet.yml", """
                on: push
                jobs:
                  greet:
                    runs-on: ubuntu-latest
                    steps:
                      - uses: acme/tools/greet@main
                        with: { who: tools }
                      - uses: $/own
                        with: { who: own }
                      - uses: actions/checkout@v4
                      - run: test -f own/action.yml && grep -q extraheader .git/config
                """));

        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        var job = (await installation.JobsAsync(run)).Single();
        var log = await installation.WholeLogAsync(job);
        Assert.True(run.GetProperty("conclusion").GetString() == "success", log);
        Assert.Contains($"Download action repository 'acme/tools@main' (SHA:{await tools.HeadAsync()})", log, StringComparison.Ordinal);
        Assert.Contains("hello tools from acme/tools", log, StringComparison.Ordinal);
        Assert.Contains("hello own from acme/sample", log, StringComparison.Ordinal);
        Assert.Contains("Removed the token from the configuration of git", log, StringComparison.Ordinal);
    }
}
