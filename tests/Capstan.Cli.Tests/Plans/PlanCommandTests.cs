using System.Text;
using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Tests.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.Plans;

/// <summary>Plans of real repositories: nothing in them ever runs.</summary>
public sealed class PlanCommandTests : IDisposable
{
    private const string Ci = """
        name: CI
        on: { push: { branches: [main], tags: ['v*'], paths-ignore: ['docs/**'] }, pull_request: { branches: [main] } }
        concurrency: { group: "ci-${{ github.ref }}", cancel-in-progress: true }
        jobs:
          build:
            runs-on: ubuntu-latest
            steps:
              - run: make ${{ secrets.KEY }}
              - { run: publish, if: github.ref_type == 'tag' }
          test:
            needs: build
            strategy: { max-parallel: 1, matrix: { v: [1, 2] } }
            runs-on: ubuntu-latest
            steps: [ { run: test } ]
          lint: { runs-on: windows-latest, steps: [ { run: lint } ] }
          report: { needs: [test, lint], if: always() && needs.test.result, runs-on: ubuntu-latest, steps: [ { run: report } ] }
          deploy: { needs: test, if: "startsWith(github.ref, 'refs/tags/')", runs-on: ubuntu-latest, steps: [ { run: deploy } ] }
        """;

    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task The_jobs_of_a_called_workflow_stand_under_their_caller_as_far_as_its_inputs_are_known()
    {
        repository
            .Workflow("deploy.yml", """
                on: { workflow_call: { inputs: { to: { type: string }, zone: { type: string }, dry: { type: boolean, default: true } } } }
                jobs:
                  check: { if: inputs.dry, runs-on: ubuntu-latest }
                  roll: { needs: check, name: 'Roll ${{ inputs.to }}', if: '!inputs.dry', runs-on: ubuntu-latest }
                  zoned: { needs: check, if: inputs.zone == 'a', runs-on: ubuntu-latest }
                """)
            .Workflow("ci.yml", """
                on: push
                jobs:
                  plan: { runs-on: ubuntu-latest, outputs: { zone: a } }
                  deploy:
                    needs: plan
                    strategy: { matrix: { to: [eu, us] } }
                    uses: ./.github/workflows/deploy.yml
                    with: { to: '${{ matrix.to }}', zone: '${{ needs.plan.outputs.zone }}' }
                  after: { needs: deploy, runs-on: ubuntu-latest }
                """).Commit();

        var (exit, text) = await TextAsync();

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains(
            """
              └─ plan  on ubuntu-latest
                 └─ deploy  calls ./.github/workflows/deploy.yml
                    │  · deploy (eu)
                    │  · deploy (us)
                    │  └─ check  on ubuntu-latest
                    │     │  if inputs.dry => true (inputs.dry is true)
                    │     ├─ roll  skipped: !inputs.dry => false (inputs.dry is true)
                    │     └─ zoned  on ubuntu-latest
                    │           if inputs.zone == 'a': known later, it depends on inputs.zone
                    └─ after  on ubuntu-latest
            """,
            text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_see_a_tree_with_what_runs_what_does_not_and_why()
    {
        repository.Workflow("ci.yml", Ci).Workflow("release.yml", "on: release\njobs:\n  x: { runs-on: a, steps: [ { run: a } ] }\n").Commit();

        var (exit, text) = await TextAsync();

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(
            """

            ✓ CI (.github/workflows/ci.yml) fires: branch 'main' matches 'main' of branches; changed path '.github/workflows/ci.yml' is not matched by paths-ignore (docs/**)
              concurrency ci-refs/heads/main, cancels what is in progress
              ├─ build  on ubuntu-latest
              │  │  1 Run make ${{ secrets.KEY }}  sees secret KEY
              │  │  2 Run publish  skipped: github.ref_type == 'tag' => false (github.ref_type is 'branch')
              │  └─ test  2 jobs, at most 1 at once
              │     │  · test (1)  on ubuntu-latest
              │     │  · test (2)  on ubuntu-latest
              │     │  1 Run test
              │     ├─ report  on ubuntu-latest  after test, lint
              │     │     if always() && needs.test.result: known later, it depends on needs.test.result
              │     │     1 Run report
              │     └─ deploy  skipped: startsWith(github.ref, 'refs/tags/') => false (github.ref is 'refs/heads/main')
              └─ lint  runs-on wants windows-latest, and this machine runs Linux, not Windows. Map it with --platform windows-latest=host if it can run here.
                    1 Run lint

            - .github/workflows/release.yml does not fire: 'on' does not name push, only release

            """,
            text[(text.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
    }

    [Fact]
    public async Task Steps_say_what_runs_in_the_background_beside_others_and_what_waits_for_it()
    {
        repository.Workflow("ci.yml", """
            on: push
            jobs:
              a:
                runs-on: ubuntu-latest
                steps:
                  - { id: db, name: Database, run: serve, background: true }
                  - { run: other, background: true }
                  - parallel: [ { run: one }, { run: two } ]
                  - wait: [db]
                  - { name: Stop it, cancel: db }
                  - wait-all:
            """).Commit();

        var (_, text) = await TextAsync();
        var (_, plan) = await PlanAsync();

        Assert.Contains(
            """
                    1 [background db] Database
                    2 [background __run] Run other
                    3 [parallel 1] Run one
                    4 [parallel 1] Run two
                    5 Wait  waits for db
                    6 Stop it  cancels db
                    7 Wait for all  waits for all in the background
            """,
            text, StringComparison.Ordinal);
        var steps = plan.GetProperty("workflows")[0].GetProperty("jobs")[0].GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal([true, true, false, false, false, false, false], steps.Select(step => step.TryGetProperty("background", out var value) && value.GetBoolean()));
        Assert.Equal("db", Assert.Single(steps[4].GetProperty("waits_for").EnumerateArray()).GetString());
        Assert.Equal("db", steps[5].GetProperty("cancels").GetString());
        Assert.True(steps[6].GetProperty("waits_for_all").GetBoolean());
    }

    public static TheoryData<string, bool, string> Events => new()
    {
        { "--ref main", true, "branches passed main by main, paths-ignore passed .github/workflows/ci.yml by " },
        { "--ref feature", false, "branches refused feature by " },
        { "--ref refs/tags/v2", true, "tags passed v2 by v*" },
        { "--ref v1", true, "tags passed v1 by v*" },
        { "--changed docs/a --changed docs/b", false, "branches passed main by main, paths-ignore refused docs/b by docs/**" },
        { "--changed docs/a --changed src/b", true, "branches passed main by main, paths-ignore passed src/b by " },
        { "--event pull_request --ref feature", true, "branches passed main by main" },
        { "--event issues", false, "" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public async Task The_event_is_what_the_options_say_and_the_trace_has_every_filter(string options, bool fires, string trace)
    {
        repository.Workflow("ci.yml", Ci).Commit();
        repository.Git("tag", "v1");

        var (_, plan) = await PlanAsync(options.Split(' '));

        var workflow = plan.GetProperty("workflows")[0];
        Assert.Equal(fires, workflow.GetProperty("fires").GetBoolean());
        Assert.Equal(trace, string.Join(", ", workflow.GetProperty("filters").EnumerateArray().Select(f => $"{f.GetProperty("filter")} {f.GetProperty("outcome")} {f.GetProperty("value")} by {f.GetProperty("pattern")}")));
        Assert.Equal(fires, workflow.GetProperty("jobs").GetArrayLength() > 0);
    }

    [Fact]
    public async Task Programs_get_every_job_with_its_legs_steps_and_secrets()
    {
        repository.Workflow("ci.yml", Ci).Commit();

        var (exit, plan) = await PlanAsync("--job", "test", "--matrix", "v:2");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(("plan", "push", "refs/heads/main"), (Text(plan, "type"), Text(plan, "event"), Text(plan, "ref")));
        var jobs = plan.GetProperty("workflows")[0].GetProperty("jobs");
        Assert.Equal(["build", "test"], jobs.EnumerateArray().Select(job => Text(job, "id")));
        var build = jobs[0];
        Assert.True(build.GetProperty("runs").GetBoolean());
        Assert.Equal(["true", "false"], build.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("runs").GetRawText()));
        Assert.Equal("""["GITHUB_TOKEN","KEY"]""", build.GetProperty("steps")[0].GetProperty("secrets").GetRawText());
        var test = jobs[1];
        Assert.Equal(("null", """["success()"]"""), (test.GetProperty("runs").GetRawText(), test.GetProperty("condition").GetProperty("depends_on").GetRawText()));
        Assert.Equal("test (2)", Text(Assert.Single(test.GetProperty("legs").EnumerateArray()), "name"));
    }

    [Fact]
    public async Task An_invalid_file_is_a_bad_answer_beside_the_plan_of_the_others()
    {
        repository.Workflow("a.yml", "on: push\njobs:\n  x: { runs-onn: a }\n").Workflow("ci.yml", Ci).Commit();

        var (exit, plan) = await PlanAsync();

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Equal((false, 3), (plan.GetProperty("workflows")[0].GetProperty("valid").GetBoolean(), plan.GetProperty("workflows")[0].GetProperty("errors")[0].GetProperty("line").GetInt32()));
        Assert.True(plan.GetProperty("workflows")[1].GetProperty("fires").GetBoolean());
    }

    [Fact]
    public async Task A_job_that_is_sure_to_fail_is_a_bad_answer()
    {
        repository.Workflow("a.yml", "on: push\njobs:\n  x: { runs-on: \"${{ vars.NONE }}\", steps: [ { run: a } ] }\n").Commit();

        var (exit, text) = await TextAsync();

        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Contains("fails: 'runs-on' (Line: 3, Col: 17) of the job 'x' gives no label.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_that_lacks_an_input_is_a_bad_answer_beside_the_plan_of_the_others()
    {
        const string Job = "jobs:\n  x: { runs-on: a, steps: [ { run: a } ] }\n";
        repository.Workflow("a.yml", "on: { workflow_dispatch: { inputs: { who: { required: true } } } }\n" + Job).Workflow("b.yml", "on: workflow_dispatch\n" + Job).Commit();

        var (exit, plan) = await PlanAsync("--event", "workflow_dispatch");
        var (_, text) = await TextAsync("--event", "workflow_dispatch");

        Assert.Equal(ExitCodes.Bad, exit);
        var (lacking, other) = (plan.GetProperty("workflows")[0], plan.GetProperty("workflows")[1]);
        Assert.Equal((true, "The input 'who' is required and was not given.", 0), (lacking.GetProperty("fires").GetBoolean(), Text(lacking, "fails"), lacking.GetProperty("jobs").GetArrayLength()));
        Assert.Equal((null, 1), (Text(other, "fails"), other.GetProperty("jobs").GetArrayLength()));
        Assert.Contains("cannot start: The input 'who' is required and was not given.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_shows_the_same_plan()
    {
        repository.Workflow("ci.yml", Ci).Commit();

        Assert.Equal((await TextAsync()).Text, (await RunAsync(RunOptions.Parse(["--dry-run"]) with { Folder = repository.Root })).Text);
    }

    [Theory]
    [InlineData("--job", "nothing")]
    [InlineData("--event")]
    [InlineData("--wrong")]
    public async Task A_wrong_call_is_refused(params string[] arguments)
    {
        repository.Workflow("ci.yml", Ci).Commit();

        Assert.Equal(ExitCodes.Usage, (await Assert.ThrowsAsync<CommandException>(() => TextAsync(arguments))).ExitCode);
    }

    private Task<(int Exit, string Text)> TextAsync(params string[] arguments) => RunAsync(RunOptions.ParsePlan(arguments) with { Folder = repository.Root });

    private async Task<(int Exit, JsonElement Plan)> PlanAsync(params string[] arguments)
    {
        var (exit, text) = await TextAsync(["--json", .. arguments]);
        Assert.Equal(1, text.Count(c => c == '\n'));
        return (exit, JsonDocument.Parse(text).RootElement);
    }

    private static async Task<(int Exit, string Text)> RunAsync(RunOptions options)
    {
        var output = new MemoryStream();
        var exit = await CapstanRun.RunAsync(options, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);
        return (exit, Encoding.UTF8.GetString(output.ToArray()));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
