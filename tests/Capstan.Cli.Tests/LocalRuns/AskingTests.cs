using System.Text;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>What a run lacks: asked for at a terminal, named all at once elsewhere.</summary>
public sealed class AskingTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task At_a_terminal_missing_inputs_are_asked_for_with_choices_and_defaults_and_a_wrong_answer_is_asked_again()
    {
        Dispatched();

        var (exit, shown) = await PseudoTerminal.RunAsync(
            repository.Root,
            "run --event workflow_dispatch --input given=x",
            ("who (required): ", "Ada\n"),
            ("stage (Enter: test): ", "9\n"),
            ("stage (Enter: test): ", "2\n"),
            ("count (Enter: 3): ", "\n"));

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("asks for 3 inputs:\n  Whom to greet\n", shown, StringComparison.Ordinal);
        Assert.Contains("  1 test\n  2 production\n", shown, StringComparison.Ordinal);
        Assert.Equal("Ada production 3 x", File.ReadAllText(Path.Combine(repository.Root, "seen")).Trim());
    }

    [Fact]
    public async Task Elsewhere_all_missing_inputs_are_named_at_once_and_nothing_runs()
    {
        Dispatched();

        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync("--event", "workflow_dispatch"));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains("'who'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'given'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_missing_secrets_are_asked_for_and_not_shown()
    {
        WithSecrets();

        var (exit, shown) = await PseudoTerminal.RunAsync(
            repository.Root, "run --secret GIVEN=1", ("Secret ABSENT (Enter: leave it empty): ", "\r"), ("Secret KEY (Enter: leave it empty): ", "unseen-word\r"));

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal("1 unseen-word -", File.ReadAllText(Path.Combine(repository.Root, "seen")).Trim());
        Assert.DoesNotContain("unseen-word", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("GITHUB_TOKEN", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("NEVER_READ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Elsewhere_all_missing_secrets_are_named_and_empty_as_on_a_server()
    {
        WithSecrets();

        var (exit, error) = await RunAsync("--secret", "GIVEN=1");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal("Secrets are read and not given, so empty: ABSENT, KEY. Give with --secret NAME=VALUE or --secret-file FILE.\n", error);
        Assert.Equal("", (await RunAsync("--secret", "GIVEN=1", "--secret", "KEY=2", "--secret", "absent=3")).Error);
    }

    private void Dispatched() => repository.Workflow("a.yml", $$$"""
        on:
          workflow_dispatch:
            inputs:
              who: { description: Whom to greet, required: true }
              stage: { type: choice, options: [test, production] }
              count: { type: number, default: 3 }
              given: { required: true }
        jobs:
          x:
            runs-on: ubuntu-latest
            steps: [ { run: 'echo ${{ inputs.who }} ${{ inputs.stage }} ${{ inputs.count }} ${{ inputs.given }} > {{{repository.Root}}}/seen' } ]
        """).Commit();

    private void WithSecrets() => repository.Workflow("a.yml", $$$"""
        on: push
        jobs:
          x:
            runs-on: ubuntu-latest
            env: { KEY: '${{ secrets.KEY }}' }
            steps:
              - { run: 'echo "${{ secrets.GIVEN }} $KEY -${{ secrets.absent }}" > {{{repository.Root}}}/seen', env: { T: '${{ secrets.GITHUB_TOKEN }}' } }
              - { if: github.ref == 'refs/heads/none', run: 'echo ${{ secrets.NEVER_READ }}' }
        """).Commit();

    private async Task<(int Exit, string Error)> RunAsync(params string[] arguments)
    {
        var error = new MemoryStream();
        var exit = await CapstanRun.RunAsync(
            RunOptions.Parse(arguments) with { Folder = repository.Root }, new Terminal(Stream.Null, error, interactive: false, colour: false), TimeProvider.System);
        return (exit, Encoding.UTF8.GetString(error.ToArray()));
    }
}
