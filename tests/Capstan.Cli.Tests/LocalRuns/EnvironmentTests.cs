using System.Text;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>Jobs with an environment, in a real repository, with the whole program but its process.</summary>
public sealed class EnvironmentTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task A_job_gets_what_its_environment_has_masked_and_the_report_shows_its_address()
    {
        repository.Workflow("a.yml", """
            on: push
            jobs:
              where:
                runs-on: ubuntu-latest
                outputs: { to: '${{ steps.it.outputs.to }}' }
                steps: [ { id: it, run: 'echo to=Live >> "$GITHUB_OUTPUT"; echo "where ${{ secrets.KEY == ''of-the-repository'' }} [${{ secrets.TOKEN }}] ${{ vars.REGION }}"' } ]
              deploy:
                needs: where
                runs-on: ubuntu-latest
                environment: { name: '${{ needs.where.outputs.to }}', url: 'https://${{ steps.it.outputs.host }}/' }
                steps: [ { id: it, run: 'echo host=example.org >> "$GITHUB_OUTPUT"; echo "deploy ${{ secrets.KEY }} ${{ secrets.KEY == ''of-the-environment'' }} ${{ vars.REGION }}"' } ]
              none:
                runs-on: ubuntu-latest
                environment: ${{ vars.ABSENT }}
                steps: [ { run: 'echo "none [${{ secrets.TOKEN }}]"' } ]
            """).Commit();

        var (exit, output, _) = await RunAsync(
            "--secret", "KEY=of-the-repository", "--environment-secret", "live:KEY=of-the-environment", "--environment-secret", "live:TOKEN=secret-token",
            "--var", "REGION=eu", "--environment-var", "LIVE:REGION=us");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("where true [] eu\n", output, StringComparison.Ordinal);
        Assert.Contains("deploy *** true us\n", output, StringComparison.Ordinal);
        Assert.Contains("none []\n", output, StringComparison.Ordinal);
        Assert.Contains("\nenvironment Live at https://example.org/\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-environment", output.Replace("secrets.KEY == 'of-the-environment'", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_of_a_called_workflow_has_its_environment_also_when_its_caller_passes_no_secrets_on()
    {
        repository.Workflow("called.yml", """
            on: workflow_call
            jobs: { it: { runs-on: ubuntu-latest, environment: live, steps: [ { run: 'echo "it has ${{ secrets.KEY }}, [${{ secrets.OTHER }}]"' } ] } }
            """).Workflow("a.yml", "on: push\njobs: { call: { uses: ./.github/workflows/called.yml } }").Commit();

        var (exit, output, _) = await RunAsync("--secret", "OTHER=unseen", "--environment-secret", "live:KEY=hidden");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("it has ***, []\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("live", "KEY", "")]
    [InlineData("LIVE", "KEY", "")]
    [InlineData("'${{ needs.first.outputs.to }}'", "KEY", "")]
    [InlineData("test", "KEY", "A secret is read and not given, so empty: KEY.")]
    [InlineData("''", "KEY", "A secret is read and not given, so empty: KEY.")]
    [InlineData("live", "OTHER", "A secret is read and not given, so empty: OTHER.")]
    public async Task A_missing_secret_is_named_unless_the_jobs_environment_has_it(string environment, string secret, string message)
    {
        repository.Workflow("a.yml", $$$"""
            on: push
            jobs:
              first: { runs-on: ubuntu-latest, outputs: { to: x }, steps: [ { run: 'true' } ] }
              deploy: { needs: first, runs-on: ubuntu-latest, environment: {{{environment}}}, steps: [ { run: 'echo ${{ secrets.{{{secret}}} }}' } ] }
            """).Commit();

        var (exit, _, error) = await RunAsync("--environment-secret", "live:KEY=1");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(message, error.Replace(" Give with --secret NAME=VALUE or --secret-file FILE.\n", "", StringComparison.Ordinal));
    }

    private async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (output, error) = (new MemoryStream(), new MemoryStream());
        var exit = await CapstanRun.RunAsync(
            RunOptions.Parse(arguments) with { Folder = repository.Root }, new Terminal(output, error, interactive: false, colour: false), TimeProvider.System);
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
