using System.Text.Json;
using Capstan.EndToEnd.Tests.Harness;
using Xunit;

namespace Capstan.EndToEnd.Tests;

/// <summary>Jobs with an environment, from a push to what their steps print and their page shows.</summary>
public sealed class EnvironmentTests
{
    [Fact]
    public async Task A_job_gets_what_is_set_for_its_environment_masked_and_its_address_is_kept()
    {
        var (installation, _) = await Installation.UpAsync();
        await using var end = installation;
        var token = (await installation.PostAsync("v1/tokens", new { name = "test" })).GetProperty("token").GetString()!;
        await CapstanAsync("secret", "set", "KEY", "--value", "of-the-repository");
        await CapstanAsync("secret", "set", "KEY", "--environment", "live", "--value", "of-the-environment");
        await CapstanAsync("variable", "set", "REGION", "--environment", "live", "--value", "north");

        var tree = await installation.PushAsync((".github/workflows/ci.yml", """
            on: push
            jobs:
              where: { runs-on: ubuntu-latest, outputs: { to: '${{ steps.it.outputs.to }}' }, steps: [ { id: it, run: 'echo to=Live >> "$GITHUB_OUTPUT"; echo "[${{ vars.REGION }}] ${{ secrets.KEY == ''of-the-repository'' }}"' } ] }
              deploy:
                needs: where
                runs-on: ubuntu-latest
                environment: { name: '${{ needs.where.outputs.to }}', url: 'https://${{ steps.it.outputs.host }}/v1' }
                steps: [ { id: it, run: 'echo host=example.org >> "$GITHUB_OUTPUT"; echo "${{ vars.REGION }} ${{ secrets.KEY }} ${{ secrets.KEY == ''of-the-environment'' }}"; echo "${{ secrets.KEY }}" | base64' } ]
            """));
        var run = await installation.CompletedAsync(await installation.RunOfAsync(await tree.HeadAsync()));

        var jobs = (await installation.JobsAsync(run)).ToDictionary(job => Text(job, "name")!);
        var log = await installation.WholeLogAsync(jobs["deploy"]);
        Assert.True(Text(run, "conclusion") == "success", log);
        Assert.Contains("[] true", await installation.WholeLogAsync(jobs["where"]), StringComparison.Ordinal);
        Assert.Contains("north *** true", log, StringComparison.Ordinal);
        Assert.DoesNotContain("echo \"of-the-environment", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("of-the-environment\n"u8), log, StringComparison.Ordinal);
        Assert.Equal(("deploy", "Live", "https://example.org/v1"), (Text(jobs["deploy"], "job_type"), Text(jobs["deploy"], "environment"), Text(jobs["deploy"], "environment_url")));
        Assert.Equal(("build", null), (Text(jobs["where"], "job_type"), Text(jobs["where"], "environment")));
        Assert.Contains("live", (await CapstanAsync("environment", "list")).Output, StringComparison.Ordinal);

        async Task<CommandResult> CapstanAsync(params string[] arguments) => (await CapstanProgram.RunAsync(
            [.. arguments, "-R", "acme/sample"], new Dictionary<string, string> { ["CAPSTAN_URL"] = installation.Url, ["CAPSTAN_TOKEN"] = token })).Good();
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString() : null;
}
