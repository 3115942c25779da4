using System.Text;
using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>Real workflows in a real repository, run in this process.</summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task A_push_runs_what_it_fires_and_says_why_the_rest_is_not()
    {
        repository
            .Workflow("a.yml", Job("on: push", "echo hello from a"))
            .Workflow("b.yml", Job("on: { push: { branches: [release] } }", "echo hello from b"))
            .Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("hello from a", Log(events));
        Assert.DoesNotContain("hello from b", Log(events));
        Assert.Equal(".github/workflows/b.yml", Of(events, "not_triggered").Single().GetProperty("workflow").GetString());
        Assert.Equal("success", Of(events, "run_completed").Single().GetProperty("conclusion").GetString());
    }

    [Fact]
    public async Task A_failed_step_fails_the_run()
    {
        repository.Workflow("a.yml", Job("on: push", "exit 3")).Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Equal("failure", Of(events, "job_completed").Single().GetProperty("conclusion").GetString());
    }

    [Fact]
    public async Task A_job_that_did_not_run_says_which_need_or_which_condition_kept_it()
    {
        repository.Workflow(
            "a.yml",
            """
            on: push
            jobs:
              build: { runs-on: ubuntu-latest, steps: [ { run: exit 3 } ] }
              test: { needs: build, runs-on: ubuntu-latest, steps: [ { run: echo never } ] }
              deploy: { needs: [build, test], runs-on: ubuntu-latest, steps: [ { run: echo never } ] }
              tag: { if: github.ref_type == 'tag', runs-on: ubuntu-latest, steps: [ { run: echo never } ] }
            """).Commit();

        var (_, events) = await RunAsync();

        var why = Of(events, "job_completed").ToDictionary(e => e.GetProperty("id").GetString()!, e => e.GetProperty("why").GetString());
        Assert.Equal("it needs build, which failed", why["test"]);
        Assert.Equal("it needs build, which failed, and test, which was skipped", why["deploy"]);
        Assert.Equal("github.ref_type == 'tag' => false (github.ref_type is 'branch')", why["tag"]);
    }

    [Fact]
    public async Task An_invalid_workflow_is_reported_with_all_its_places_and_the_others_run()
    {
        repository
            .Workflow("a.yml", Job("on: push", "echo still here"))
            .Workflow("b.yml", "on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    stepz: []\n")
            .Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.NotEqual(0, Of(events, "workflow_invalid").Single().GetProperty("errors")[0].GetProperty("line").GetInt32());
        Assert.Contains("still here", Log(events));
    }

    [Fact]
    public async Task A_dry_run_shows_the_jobs_and_starts_none()
    {
        repository.Workflow("a.yml", Job("on: push", "echo never")).Commit();

        var (exit, events) = await RunAsync("--dry-run");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(["plan"], events.Select(Type));
        Assert.Equal("x", events[0].GetProperty("workflows")[0].GetProperty("jobs")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_job_for_another_system_is_skipped_with_a_warning_and_fails_when_platforms_are_strict()
    {
        repository.Workflow("a.yml", "on: push\njobs:\n  x:\n    runs-on: windows-latest\n    steps:\n      - run: echo never\n").Commit();

        var (exit, events) = await RunAsync();
        var (strict, _) = await RunAsync("--strict-platforms");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("not Windows", Of(events, "job_completed").Single().GetProperty("why").GetString(), StringComparison.Ordinal);
        Assert.Equal("warning", Of(events, "annotation").Single().GetProperty("level").GetString());
        Assert.Equal(ExitCodes.Bad, strict);
    }

    [Fact]
    public async Task The_workspace_is_a_copy_and_reading_it_without_a_checkout_is_warned_of()
    {
        repository.Write("data", "from the tree").Workflow("a.yml", Job("on: push", "cat data; echo changed > data")).Commit();

        var (_, events) = await RunAsync();

        Assert.Contains("from the tree", Log(events));
        Assert.Equal("from the tree", File.ReadAllText(Path.Combine(repository.Root, "data")));
        Assert.Contains("data without a checkout", Of(events, "annotation").Single().GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_workspace_is_filled_by_the_checkout()
    {
        repository.Write("data", "").Workflow("a.yml", "on: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - run: test ! -e data\n      - uses: actions/checkout@v4\n      - run: test -e data && git status\n").Commit();

        Assert.Equal(ExitCodes.Good, (await RunAsync("--empty-workspace")).Exit);
    }

    [Fact]
    public async Task In_place_the_working_tree_itself_is_the_workspace()
    {
        repository.Workflow("a.yml", Job("on: push", "echo made > made-here")).Commit();

        await RunAsync("--in-place");

        Assert.True(File.Exists(Path.Combine(repository.Root, "made-here")));
    }

    [Fact]
    public async Task Only_the_named_job_with_its_needs_and_the_chosen_combination_run()
    {
        repository.Workflow(
            "a.yml",
            """
            on: push
            jobs:
              one:
                runs-on: ubuntu-latest
                steps: [{ run: echo one }]
              two:
                needs: one
                runs-on: ubuntu-latest
                strategy: { matrix: { v: [1, 2] } }
                steps: [{ run: 'echo two ${{ matrix.v }}' }]
              three:
                runs-on: ubuntu-latest
                steps: [{ run: echo three }]
            """).Commit();

        var (_, events) = await RunAsync("--job", "two", "--matrix", "v:2");

        Assert.Equal(["one", "two (2)"], Of(events, "job_completed").Select(e => e.GetProperty("job").GetString()));
    }

    [Fact]
    public async Task Secrets_are_masked_and_variables_inputs_and_environment_arrive()
    {
        repository.Workflow(
            "a.yml",
            """
            on: { workflow_dispatch: { inputs: { who: { default: nobody } } } }
            jobs:
              x:
                runs-on: ubuntu-latest
                steps:
                  - run: echo "${{ secrets.KEY }} ${{ vars.STAGE }} ${{ inputs.who }} $EXTRA"
            """).Commit();

        var (_, events) = await RunAsync("--event", "workflow_dispatch", "--secret", "KEY=hunter2", "--var", "STAGE=test", "--input", "who=Ada", "--env", "EXTRA=more");

        Assert.Contains("*** test Ada more", Log(events));
    }

    [Fact]
    public async Task A_secret_that_is_a_part_of_the_runners_marks_leaves_them_whole()
    {
        repository.Workflow("a.yml", Job("on: push", "echo the end; exit 5")).Commit();

        var (exit, events) = await RunAsync("--secret", "A=end", "--secret", "B=r");

        Assert.Equal(ExitCodes.Bad, exit);
        var log = Log(events);
        Assert.Contains("##[endgroup]", log);
        Assert.Contains("the ***", log);
        Assert.Contains(log, line => line!.StartsWith("##[error]P***ocess completed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_that_does_not_exist_is_a_usage_error_and_no_green_nothing()
    {
        repository.Workflow("a.yml", Job("on: push", "echo never")).Commit();
        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync("--event", "pull-request"));
        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
        Assert.Contains("pull_request,", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_workflows_is_a_usage_error_and_no_green_nothing()
    {
        repository.Workflow("a.yml", Job("on: push", "echo never")).Commit();
        Directory.CreateDirectory(Path.Combine(repository.Root, "docs"));
        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync("docs"));
        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
    }

    [Fact]
    public async Task An_input_that_the_workflow_does_not_have_is_a_usage_error()
    {
        repository.Workflow("a.yml", Job("on: workflow_dispatch", "echo never")).Commit();

        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync("--event", "workflow_dispatch", "--input", "who=Ada"));

        Assert.Equal(ExitCodes.Usage, refusal.ExitCode);
    }

    [Fact]
    public async Task The_sample_pipeline_runs_stage_after_stage_beside_githubs_workflows()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(SampleRepository.CheckoutOfThisProject(), "examples", "pipeline")))
        {
            File.Copy(file, Path.Combine(repository.Root, Path.GetFileName(file)));
        }

        repository.Workflow("a.yml", Job("on: push", "echo hello from a")).Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(["Greeter", ".github/workflows/a.yml"], Of(events, "run_started").Select(e => e.GetProperty("workflow").GetString()));
        var ended = Of(events, "job_completed").Select(e => e.GetProperty("id").GetString()).ToList();
        Assert.Equal("compile", ended[0]);
        Assert.Equal(["style", "unit"], ended[1..3].Order(StringComparer.Ordinal));
        Assert.Equal(["announce", "x"], ended[3..]);
        Assert.Contains("hello from a", Log(events));
    }

    [Fact]
    public async Task A_pipeline_with_mistakes_is_reported_with_all_its_places()
    {
        repository.Write(".capstan.yml", "stages: [a]\njobs:\n  x: { stage: b, commands: x }\n  y: { stage: a, commands: [] }\n").Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.NotEmpty(Of(events, "workflow_invalid").Single().GetProperty("errors").EnumerateArray());
    }

    [Fact]
    public async Task Steps_of_a_parallel_group_have_their_group_and_their_own_lines()
    {
        repository.Workflow("a.yml", """
            on: push
            jobs:
              x:
                runs-on: ubuntu-latest
                steps:
                  - run: mkfifo one two
                  - parallel:
                      - { name: A, run: cat one; echo from B > two }
                      - { name: B, run: echo from A > one; cat two }
                  - { name: Server, id: server, background: true, run: sleep 1000 }
                  - { name: Stop, cancel: server }
            """).Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Good, exit);
        var ended = Of(events, "step_completed").OrderBy(e => e.GetProperty("step").GetInt32()).ToList();
        Assert.Equal(
            ["1   success", "2 1  success", "3 1  success", "4  True cancelled", "5   success"],
            ended.Select(e => $"{e.GetProperty("step")} {IfGiven(e, "group")} {IfGiven(e, "background")} {e.GetProperty("conclusion")}"));
        Assert.Equal("from A", Of(events, "log").Last(e => e.GetProperty("step").GetInt32() == 2).GetProperty("text").GetString());
        Assert.Equal("from B", Of(events, "log").Last(e => e.GetProperty("step").GetInt32() == 3).GetProperty("text").GetString());
    }

    [Fact]
    public async Task Outside_a_working_tree_it_is_a_usage_error() =>
        Assert.Equal(ExitCodes.Usage, (await Assert.ThrowsAsync<CommandException>(() => RunAsync(RunOptions.Parse([]) with { Folder = "/" }))).ExitCode);

    private static string Job(string on, string script) => $"{on}\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {script}\n";

    private Task<(int Exit, List<JsonElement> Events)> RunAsync(params string[] arguments) =>
        RunAsync(RunOptions.Parse(["--json", .. arguments]) with { Folder = repository.Root });

    private static async Task<(int Exit, List<JsonElement> Events)> RunAsync(RunOptions options)
    {
        var output = new MemoryStream();
        var exit = await CapstanRun.RunAsync(options, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (exit, [.. lines.Select(l => JsonDocument.Parse(l).RootElement)]);
    }

    private static string IfGiven(JsonElement e, string name) => e.TryGetProperty(name, out var value) ? value.ToString() : "";

    private static string? Type(JsonElement e) => e.GetProperty("type").GetString();

    private static List<JsonElement> Of(List<JsonElement> events, string type) => [.. events.Where(e => Type(e) == type)];

    private static List<string?> Log(List<JsonElement> events) => [.. Of(events, "log").Select(e => e.GetProperty("text").GetString())];
}
