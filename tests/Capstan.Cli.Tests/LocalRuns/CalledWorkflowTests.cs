using System.Text;
using System.Text.Json;
using Capstan.Cli.LocalRuns;
using Capstan.Cli.Terminals;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

/// <summary>Workflows that call workflows, in a real repository, with the whole program but its process.</summary>
public sealed class CalledWorkflowTests : IDisposable
{
    private const string Deploy = """
        on:
          workflow_call:
            inputs: { to: { type: string, required: true }, dry: { type: boolean, default: true } }
            secrets: { key: { required: true } }
            outputs: { url: { value: 'https://${{ inputs.to }}/${{ jobs.second.outputs.path }}' } }
        jobs:
          first:
            runs-on: ubuntu-latest
            steps: [ { run: 'echo "to ${{ inputs.to }}, dry ${{ inputs.dry }}, key ${{ secrets.key == ''hunter2'' }}, token [${{ secrets.TOKEN }}], env [$FROM_CALLER]"' } ]
          second:
            name: The second
            needs: first
            runs-on: ubuntu-latest
            outputs: { path: '${{ steps.it.outputs.path }}' }
            steps: [ { id: it, run: 'echo path=${{ github.job }} >> "$GITHUB_OUTPUT"' } ]
        """;

    private readonly SampleRepository repository = new();

    public void Dispose() => repository.Dispose();

    /// <summary>A call in two combinations, of which the second fails in its first job.</summary>
    private void Legs() => repository
        .Workflow("called.yml", """
            on: { workflow_call: { inputs: { leg: { type: string } } } }
            jobs:
              one: { name: The one, runs-on: ubuntu-latest, steps: [ { run: '[ ${{ inputs.leg }} = a ]' } ] }
              two: { needs: one, runs-on: ubuntu-latest, steps: [ { run: echo two } ] }
              other: { runs-on: ubuntu-latest, steps: [ { run: echo other } ] }
            """)
        .Workflow("ci.yml", """
            on: push
            jobs:
              first: { runs-on: ubuntu-latest, steps: [ { run: echo first } ] }
              all:
                strategy: { fail-fast: false, matrix: { leg: [a, b] } }
                uses: ./.github/workflows/called.yml
                with: { leg: '${{ matrix.leg }}' }
            """).Commit();

    [Fact]
    public async Task A_script_may_write_a_glob_behind_the_workspace_also_in_a_call_of_a_matrix()
    {
        repository.Workflow("inner.yml", "on: workflow_call\njobs: { it: { runs-on: ubuntu-latest, steps: [ { run: 'ls $GITHUB_WORKSPACE/f*' } ] } }")
            .Workflow("ci.yml", "on: push\njobs: { all: { strategy: { matrix: { a: [1, 2] } }, uses: ./.github/workflows/inner.yml } }").Write("found", "").Commit();

        var (exit, events) = await RunAsync();

        Assert.True(exit == ExitCodes.Good, Log(events).ToString());
    }

    [Fact]
    public async Task A_called_workflow_runs_with_its_inputs_and_secrets_and_gives_its_outputs_back()
    {
        repository.Workflow("deploy.yml", Deploy).Workflow("ci.yml", """
            on: push
            env: { FROM_CALLER: not passed on }
            jobs:
              deploy:
                uses: ./.github/workflows/deploy.yml
                with: { to: example.org }
                secrets: { key: '${{ secrets.TOKEN }}' }
              after:
                needs: deploy
                runs-on: ubuntu-latest
                steps: [ { run: 'echo "see ${{ needs.deploy.outputs.url }}"' } ]
            """).Commit();

        var (exit, events) = await RunAsync("--secret", "TOKEN=hunter2");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(["deploy", "deploy / first", "deploy / The second", "after"], Started(events));
        Assert.Equal(["deploy/first", "deploy/second", "deploy", "after"], Of(events, "job_completed").Select(e => e.GetProperty("id").GetString()));
        Assert.Contains("to example.org, dry true, key true, token [], env []", Log(events));
        Assert.Contains("see https://example.org/second", Log(events));
    }

    [Fact]
    public async Task A_called_file_brings_its_own_environment_and_defaults_and_gets_none_of_the_callers()
    {
        repository
            .Workflow("called.yml", """
                on: workflow_call
                env: { WHOSE: called, FROM: '${{ github.workflow }}' }
                defaults: { run: { shell: 'sh -c "echo read by sh; . {0}"', working-directory: / } }
                jobs: { one: { runs-on: ubuntu-latest, steps: [ { run: 'echo "$WHOSE of $FROM in $PWD, [$ONLY_CALLER]"' } ] } }
                """)
            .Workflow("ci.yml", """
                name: The caller
                on: push
                env: { WHOSE: caller, ONLY_CALLER: set }
                defaults: { run: { shell: python } }
                jobs: { call: { uses: ./.github/workflows/called.yml } }
                """).Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("read by sh", Log(events));
        Assert.Contains("called of The caller in /, []", Log(events));
    }

    [Fact]
    public async Task Each_leg_of_a_callers_matrix_calls_and_secrets_are_inherited_through_two_levels()
    {
        repository
            .Workflow("inner.yml", """
                on: { workflow_call: { inputs: { n: { type: number } } } }
                jobs:
                  work:
                    runs-on: ubuntu-latest
                    steps: [ { run: 'echo "n${{ inputs.n }} ${{ secrets.TOKEN == ''hunter2'' }} in ${{ job.workflow_file_path }} for ${{ github.workflow }}"' } ]
                """)
            .Workflow("outer.yml", """
                on: { workflow_call: { inputs: { n: { type: number } } } }
                jobs: { inner: { uses: $/.github/workflows/inner.yml, with: { n: '${{ inputs.n }}' }, secrets: inherit } }
                """)
            .Workflow("ci.yml", """
                name: The caller
                on: push
                jobs:
                  each:
                    strategy: { matrix: { n: [1, 2] } }
                    uses: ./.github/workflows/outer.yml
                    with: { n: '${{ matrix.n }}' }
                    secrets: inherit
                """).Commit();

        var (exit, events) = await RunAsync("--secret", "TOKEN=hunter2");
        var (_, one) = await RunAsync("--secret", "TOKEN=hunter2", "--matrix", "n:2");

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Equal(["each (1) / inner / work", "each (2) / inner / work"], Started(events).Where(name => name!.EndsWith("work", StringComparison.Ordinal)).Order());
        Assert.Contains("n1 true in .github/workflows/inner.yml for The caller", Log(events));
        Assert.Contains("n2 true in .github/workflows/inner.yml for The caller", Log(events));
        Assert.Equal(["each (2) / inner / work"], Started(one).Where(name => name!.EndsWith("work", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_workflow_of_another_repository_is_found_where_its_actions_are_with_what_it_calls_itself()
    {
        repository
            .Write("actions/acme/ci/.github/workflows/a.yml", "on: workflow_call\njobs: { b: { uses: ./.github/workflows/b.yml } }")
            .Write("actions/acme/ci/.github/workflows/b.yml", "on: workflow_call\njobs: { x: { runs-on: ubuntu-latest, steps: [ { run: 'echo from ${{ job.workflow_ref }}' } ] } }")
            .Workflow("ci.yml", "on: push\njobs: { call: { uses: acme/ci/.github/workflows/a.yml@v1 } }").Commit();

        var (exit, events) = await RunAsync("--actions-dir", Path.Combine(repository.Root, "actions"));

        Assert.Equal(ExitCodes.Good, exit);
        Assert.Contains("from acme/ci/.github/workflows/b.yml@v1", Log(events));
    }

    [Theory]
    [InlineData("./.github/workflows/missing.yml", "The workflow './.github/workflows/missing.yml' was not found")]
    [InlineData("./../outside.yml", "The workflow './../outside.yml' was not found")]
    [InlineData("acme/ci/.github/workflows/a.yml@v1", "The workflow 'acme/ci/.github/workflows/a.yml@v1' was not found: there is no place to fetch it from; set CAPSTAN_ACTIONS_UPSTREAM to have one")]
    [InlineData("./.github/workflows/ci.yml", "Workflows may not call each other in a circle: ./.github/workflows/ci.yml -> ./.github/workflows/ci.yml")]
    public async Task A_call_that_cannot_be_made_refuses_the_file_at_its_place_before_anything_runs(string uses, string message)
    {
        repository.Workflow("ci.yml", $"on: [push, workflow_call]\njobs:\n  ok: {{ runs-on: ubuntu-latest, steps: [ {{ run: echo never }} ] }}\n  call:\n    uses: {uses}\n").Commit();

        var (exit, events) = await RunAsync("--actions-upstream", "none");

        Assert.Equal(ExitCodes.Bad, exit);
        var error = Of(events, "workflow_invalid").Single().GetProperty("errors")[0];
        Assert.Equal((message, 5, 11), (error.GetProperty("message").GetString(), error.GetProperty("line").GetInt32(), error.GetProperty("col").GetInt32()));
        Assert.Empty(Started(events));
    }

    [Fact]
    public async Task What_does_not_fire_is_not_looked_for()
    {
        repository.Workflow("ci.yml", "on: issues\njobs: { call: { uses: ./.github/workflows/missing.yml } }").Commit();

        var (exit, events) = await RunAsync();

        Assert.Equal((ExitCodes.Good, 0), (exit, Of(events, "workflow_invalid").Count));
    }

    [Fact]
    public async Task For_people_a_call_is_a_line_after_the_jobs_that_it_called_and_no_job_among_those_counted()
    {
        repository
            .Workflow("called.yml", "on: workflow_call\njobs: { one: { runs-on: ubuntu-latest, steps: [ { run: exit 3 } ] }, two: { needs: one, runs-on: ubuntu-latest } }")
            .Workflow("ci.yml", "on: push\njobs: { call: { uses: ./.github/workflows/called.yml } }").Commit();
        var output = new MemoryStream();

        var exit = await CapstanRun.RunAsync(
            RunOptions.Parse([]) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);

        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Matches(@"\n✗ call  [\d.]+s  called \./\.github/workflows/called\.yml\n✗ \.github/workflows/ci\.yml failed in [\d.]+s  1 failed, 1 skipped\n  failed call / one › Run exit 3  \.github/workflows/called\.yml:2\n    Process completed with exit code 3\.\n  skipped call / two: it needs call / one, which failed\nTo go on:\n  capstan run --job call/one --from-step 1\n  and with --shell-on-failure .+ kept in\n  /.+\n$", text);
    }

    [Fact]
    public async Task The_hint_how_to_go_on_names_the_called_job_and_the_combination_of_its_caller()
    {
        Legs();
        var output = new MemoryStream();

        await CapstanRun.RunAsync(
            RunOptions.Parse([]) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);

        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("\n  skipped all (b) / two: it needs all (b) / The one, which failed\n", text, StringComparison.Ordinal);
        Assert.Matches(@"\n  capstan run --job all/one --matrix leg:b --from-step 1\n", text);
    }

    [Theory]
    [InlineData("all/one", "leg:b", "all (b) / The one")]
    [InlineData("all / one", "leg:a", "all (a) / The one")]
    [InlineData("ALL/two", "leg:a", "all (a) / The one|all (a) / two")]
    [InlineData("all", "leg:a", "all (a) / The one|all (a) / other|all (a) / two")]
    public async Task A_called_job_is_chosen_by_its_path_with_those_that_it_needs(string job, string leg, string ran)
    {
        Legs();

        var (_, events) = await RunAsync("--job", job, "--matrix", leg);

        Assert.Equal(ran, string.Join('|', Of(events, "step_started").Select(e => e.GetProperty("job").GetString()).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("all/three")]
    [InlineData("first/one")]
    [InlineData("all/")]
    public async Task A_path_that_leads_to_no_called_job_is_refused(string job)
    {
        Legs();
        var refusal = await Assert.ThrowsAsync<CommandException>(() => RunAsync("--job", job));
        Assert.Equal($"No workflow that 'push' fires has a job {job}.", refusal.Message);
    }

    [Fact]
    public async Task One_of_two_legs_that_failed_goes_on_by_its_path_and_combination()
    {
        repository.Workflow("called.yml", "on: { workflow_call: {} }\njobs: { one: { runs-on: ubuntu-latest, steps: [ { run: test -e mended } ] } }")
            .Workflow("ci.yml", "on: push\njobs: { all: { strategy: { fail-fast: false, matrix: { leg: [a, b] } }, uses: ./.github/workflows/called.yml } }").Commit();
        await RunAsync();
        repository.Write("mended", "");

        var (exit, events) = await RunAsync("--job", "all/one", "--matrix", "leg:b", "--from-step", "1");

        Assert.Equal("all (b) / one", Assert.Single(Of(events, "step_completed")).GetProperty("job").GetString());
        Assert.Equal("success", Of(events, "step_completed")[0].GetProperty("conclusion").GetString());
        Assert.Equal(ExitCodes.Good, exit);
    }

    [Fact]
    public async Task A_call_that_fails_although_its_jobs_did_not_is_told_with_the_reason()
    {
        repository
            .Workflow("called.yml", """
                on: { workflow_call: { outputs: { all: { value: '${{ fromJSON(jobs.one.outputs.x) }}' } } } }
                jobs: { one: { runs-on: ubuntu-latest, outputs: { x: '{' }, steps: [ { run: echo good } ] } }
                """)
            .Workflow("ci.yml", "on: push\njobs: { call: { uses: ./.github/workflows/called.yml } }").Commit();
        var output = new MemoryStream();

        var exit = await CapstanRun.RunAsync(
            RunOptions.Parse([]) with { Folder = repository.Root }, new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System);

        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Equal(ExitCodes.Bad, exit);
        Assert.Matches(@"  1 succeeded, 1 failed\n  failed call: The output 'all' of the called workflow cannot be evaluated: \./\.github/workflows/called\.yml \(Line: 1, Col: 49\): ", text);
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

    private static List<string?> Started(List<JsonElement> events) => [.. Of(events, "job_started").Select(e => e.GetProperty("job").GetString())];

    private static List<string?> Log(List<JsonElement> events) => [.. Of(events, "log").Select(e => e.GetProperty("text").GetString())];
}
