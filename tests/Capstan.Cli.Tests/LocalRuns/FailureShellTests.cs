using System.Text;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class FailureShellTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public FailureShellTests() => repository.Write("inner/file", "from the tree").Workflow("a.yml", """
        on: push
        jobs:
          x:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
              - run: echo OF_STEPS=before >> $GITHUB_ENV
              - { name: Allowed, run: exit 9, continue-on-error: true }
              - name: Broken
                working-directory: inner
                env: { OWN: 'own ${{ secrets.KEY }}' }
                run: exit 3
              - run: echo never
              - { if: always(), run: 'echo at the end' }
        """).Commit();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task On_a_terminal_a_failed_step_opens_a_shell_in_its_folder_with_its_environment_and_leaving_it_ends_the_run()
    {
        var (exit, shown) = await PseudoTerminal.RunAsync(
            repository.Root,
            "run --shell-on-failure --secret KEY=secret-value",
            ("(failed step)", "cat file; echo \" [$OWN|$OF_STEPS|$GITHUB_JOB|${PWD##*/}]\"; cat \"$RUNNER_TEMP/failed-step\"; echo a=b >> $GITHUB_OUTPUT && echo writable; exit\n"));

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Contains("Broken failed. This is a shell in its folder", shown, StringComparison.Ordinal);
        Assert.Contains("from the tree [own secret-value|before|x|inner]\nexit 3\nwritable\n", shown, StringComparison.Ordinal);
        Assert.Contains("✓ Run echo at the end", shown, StringComparison.Ordinal);
        Assert.Contains("  failed x › Broken  .github/workflows/a.yml:9\n    Process completed with exit code 3.\n", shown, StringComparison.Ordinal);
        Assert.Single(shown.Split("This is a shell")[1..]);
    }

    [Theory]
    [InlineData("--shell-on-failure")]
    [InlineData("--shell-on-failure", "--json")]
    public async Task Without_a_terminal_it_is_refused_before_anything_runs(params string[] arguments)
    {
        var output = new MemoryStream();

        var refusal = await Assert.ThrowsAsync<CommandException>(() => CapstanRun.RunAsync(
            RunOptions.Parse(arguments) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Equal("", Encoding.UTF8.GetString(output.ToArray()));
    }
}
