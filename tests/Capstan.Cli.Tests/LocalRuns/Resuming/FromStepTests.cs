using System.Text;
using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns.Resuming;

/// <summary>Real workflows that fail, mended, and gone on with.</summary>
public sealed class FromStepTests : IDisposable
{
    private const string Workflow = """
        on: push
        jobs:
          prepare:
            runs-on: ubuntu-latest
            outputs: { word: "${{ steps.say.outputs.word }}" }
            steps: [ { id: say, run: echo prepared once; echo word=hello >> $GITHUB_OUTPUT } ]
          build:
            needs: prepare
            runs-on: ubuntu-latest
            steps:
              - name: Compile
                run: echo compiled once; echo ${{ needs.prepare.outputs.word }} > made; echo STAGE=two >> $GITHUB_ENV
              - name: Unit tests
                run: cat made; echo $STAGE; ./check
              - run: echo after
        """;

    private readonly SampleRepository repository = new();

    public FromStepTests() => repository.Workflow("a.yml", Workflow).Write("check", "#!/bin/sh\nexit 3\n").Git("config", "core.fileMode", "true");

    public void Dispose() => repository.Dispose();

    [Theory]
    [InlineData("Unit tests")]
    [InlineData("2")]
    public async Task The_failed_job_goes_on_from_a_step_in_its_workspace_with_what_was_mended_since(string step)
    {
        var kept = await FailAsync();
        Mend();

        var (exit, events) = await RunAsync("--from-step", step);

        Assert.Equal(ExitCodes.Good, exit);
        var log = Log(events);
        Assert.DoesNotContain("prepared once", log);
        Assert.DoesNotContain("compiled once", log);
        Assert.Equal(["hello", "two", "mended", "after"], log.Where(line => !line!.Contains("##[", StringComparison.Ordinal) && line is "hello" or "two" or "mended" or "after"));
        Assert.Equal(["prepare", "build"], Of(events, "job_completed").Select(e => e.GetProperty("id").GetString()));
        Assert.False(Directory.Exists(kept));
        Assert.False(Directory.Exists(kept.Split("/2-build/")[0]));
    }

    [Fact]
    public async Task It_goes_on_again_after_failing_again_also_from_an_earlier_step()
    {
        var kept = await FailAsync();

        Assert.Equal(ExitCodes.Bad, (await RunAsync("--from-step", "Unit tests")).Exit);
        Assert.True(Directory.Exists(kept));
        Mend();
        var (exit, events) = await RunAsync("--job", "build", "--from-step", "Compile");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("compiled once", Log(events));
        Assert.DoesNotContain("prepared once", Log(events));
    }

    [Fact]
    public async Task Nothing_kept_is_said_with_what_to_do()
    {
        repository.Commit();
        await RefusedAsync("none is kept of this working tree", "--from-step", "2");
    }

    [Theory]
    [InlineData("the job 'build' has no step 'Nothing'", "--from-step", "Nothing")]
    [InlineData("it failed at 'Unit tests'", "--from-step", "3")]
    [InlineData("none of the name prepare is kept of this working tree; there is build.", "--job", "prepare", "--from-step", "1")]
    public async Task A_step_that_is_none_to_begin_at_is_refused_with_those_that_are(string message, params string[] arguments)
    {
        await FailAsync();
        await RefusedAsync(message, arguments);
    }

    [Fact]
    public async Task Another_branch_is_refused()
    {
        await FailAsync();
        repository.Git("checkout", "--quiet", "-b", "other");
        await RefusedAsync("was kept of a run of refs/heads/main, and this one would be of refs/heads/other", "--from-step", "2");
    }

    [Fact]
    public async Task Another_branch_is_refused_with_the_command_that_runs_the_job_and_its_combination_from_the_beginning()
    {
        repository.Workflow("a.yml", "on: push\njobs: { x: { strategy: { matrix: { v: [1 a] } }, runs-on: ubuntu-latest, steps: [ { run: exit 3 } ] } }").Commit();
        Assert.Equal(ExitCodes.Bad, (await RunAsync("--var", "A=1")).Exit);
        repository.Git("checkout", "--quiet", "-b", "other");

        await RefusedAsync("from its beginning: capstan run --var A=1 --job x --matrix 'v:1 a'", "--var", "A=1", "--from-step", "1");
    }

    [Fact]
    public async Task A_job_that_the_workflow_no_longer_has_is_refused()
    {
        await FailAsync();
        repository.Workflow("a.yml", Workflow.Replace("build:", "builds:", StringComparison.Ordinal));
        await RefusedAsync("no workflow that 'push' fires has it any more", "--from-step", "2");
    }

    [Fact]
    public async Task Of_several_jobs_that_failed_one_has_to_be_named()
    {
        repository.Workflow("a.yml", "on: push\njobs: { x: { strategy: { fail-fast: false, matrix: { v: [1, 2] } }, runs-on: ubuntu-latest, steps: [ { run: exit 3 } ] } }").Commit();
        Assert.Equal(ExitCodes.Bad, (await RunAsync()).Exit);

        await RefusedAsync("Several jobs of the last run failed: x (", "--from-step", "1");
        var (_, events) = await RunAsync("--matrix", "v:2", "--from-step", "1");

        Assert.Equal(["x (2)"], Of(events, "job_completed").Select(e => e.GetProperty("job").GetString()));
    }

    [Fact]
    public async Task A_person_is_told_the_command_and_the_place()
    {
        repository.Commit();
        var output = new MemoryStream();

        await CapstanRun.RunAsync(RunOptions.Parse([]) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);

        Assert.Matches(
            "\nTo go on:\n  capstan run --job build --from-step 'Unit tests'\n  and with --shell-on-failure .+ kept in\n  /.+/2-build/work/(.+)/\\1\n$", Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <returns>The folder of the workspace that is kept.</returns>
    private async Task<string> FailAsync()
    {
        File.SetUnixFileMode(Path.Combine(repository.Root, "check"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        repository.Commit();
        var (exit, events) = await RunAsync();
        Assert.Equal(ExitCodes.Bad, exit);
        var kept = Of(events, "job_kept").Single();
        Assert.Equal(("build", "Unit tests"), (kept.GetProperty("id").GetString(), kept.GetProperty("from_step").GetString()));
        return kept.GetProperty("workspace").GetString()!;
    }

    private void Mend() => repository.Write("check", "#!/bin/sh\necho mended\n");

    private async Task RefusedAsync(string message, params string[] arguments)
    {
        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync(arguments));
        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains(message, refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    private async Task<(int Exit, List<JsonElement> Events)> RunAsync(params string[] arguments)
    {
        var output = new MemoryStream();
        var options = RunOptions.Parse(["--json", .. arguments]) with { Folder = repository.Root };
        var exit = await CapstanRun.RunAsync(options, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (exit, [.. lines.Select(l => JsonDocument.Parse(l).RootElement)]);
    }

    private static List<JsonElement> Of(List<JsonElement> events, string type) => [.. events.Where(e => e.GetProperty("type").GetString() == type)];

    private static List<string?> Log(List<JsonElement> events) => [.. Of(events, "log").Select(e => e.GetProperty("text").GetString())];
}
