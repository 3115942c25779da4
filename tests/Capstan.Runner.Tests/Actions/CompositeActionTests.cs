using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

public sealed class CompositeActionTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task A_manifest_that_cannot_be_read_is_the_trouble_of_the_step_that_runs_it()
    {
        Directory.CreateDirectory(Path.Combine(job.Workspace, "broken"));
        File.CreateSymbolicLink(Path.Combine(job.Workspace, "broken", "action.yml"), "/proc/self/mem");
        var result = await job.RunStepsAsync("- { uses: ./broken, if: false }\n- run: echo ran\n- uses: ./broken");

        Assert.Equal([Conclusion.Skipped, Conclusion.Success, Conclusion.Failure], result.Steps.Select(step => step.Conclusion!.Value));
    }

    [Fact]
    public async Task Inputs_outputs_path_and_env_go_through_a_composite_action()
    {
        job.Write(
            "greet/action.yml",
            """
            name: greet
            inputs:
              who: { required: true }
              Mark: { default: "!" }
            outputs:
              text: { value: "${{ steps.make.outputs.text }}" }
            runs:
              using: composite
              steps:
                - id: make
                  shell: bash
                  env: { INNER: inner }
                  run: |
                    echo "text=hello ${{ inputs.who }}${{ inputs.mark }}" >> "$GITHUB_OUTPUT"
                    echo "path ${{ github.action_path }} $GITHUB_ACTION_PATH"
                    echo "env $OUTER $INNER $STEP"
                    echo "CHANGED=by-action" >> "$GITHUB_ENV"
            """);
        var result = await job.RunAsync(
            """
            on: push
            env: { OUTER: outer }
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - id: greet
                    uses: ./greet
                    with: { WHO: world }
                    env: { STEP: using-step }
                  - run: echo "${{ steps.greet.outputs.text }} $CHANGED <${{ steps.make.outputs.text }}> <$STEP>"
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        var folder = Path.Combine(job.Workspace, "greet");
        Assert.Contains($"\npath {folder} {folder}", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("\nenv outer inner using-step", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nhello world! by-action <> <>", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal(2, result.Steps.Count);
    }

    [Fact]
    public async Task Conditions_in_an_action_look_at_the_actions_own_steps()
    {
        job.Write(
            "act/action.yml",
            """
            runs:
              using: composite
              steps:
                - { run: exit 1, shell: bash, id: bad }
                - { run: echo skipped-here, shell: bash }
                - { if: failure(), run: "echo rescue-${{ steps.bad.outcome }}", shell: bash }
                - { if: always(), run: echo last, shell: bash }
            """);
        var result = await job.RunStepsAsync(
            """
            - { run: exit 1, continue-on-error: true }
            - { uses: ./act, continue-on-error: true, id: act }
            - run: echo "${{ steps.act.outcome }} ${{ steps.act.conclusion }}"
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.DoesNotContain("\nskipped-here\n", job.LogOf(2), StringComparison.Ordinal);
        Assert.Contains("\nrescue-failure", job.LogOf(2), StringComparison.Ordinal);
        Assert.Contains("\nlast", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nfailure success", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_nest_to_the_limit_and_no_deeper()
    {
        for (var i = 1; i <= 10; i++)
        {
            var step = i == 10 ? "{ run: echo reached-10, shell: bash }" : $"{{ uses: ./a{i + 1} }}";
            job.Write($"a{i}/action.yml", $"runs:\n  using: composite\n  steps:\n    - {{ run: echo level-{i}, shell: bash }}\n    - {step}\n");
        }

        var result = await job.RunStepsAsync("- uses: ./a1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("\nlevel-9", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("\nlevel-10", job.Log, StringComparison.Ordinal);
        Assert.Contains("Composite action depth exceeded max depth 9", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_local_action_fails_its_step_and_says_where_it_was_looked_for()
    {
        var result = await job.RunStepsAsync(
            """
            - run: echo before
            - uses: ./missing
            """);

        Assert.Equal([Conclusion.Success, Conclusion.Failure], result.Steps.Select(s => s.Conclusion!.Value));
        Assert.Contains("Did you forget to run actions/checkout", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_local_docker_action_that_is_there_is_refused_before_the_first_step()
    {
        job.Write("docker/action.yml", "runs:\n  using: docker\n  image: Dockerfile\n");
        var result = await job.RunStepsAsync(
            """
            - run: touch ran
            - uses: ./docker
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Empty(result.Steps);
        Assert.Contains("docker action", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task An_undeclared_input_is_a_warning()
    {
        job.Write("act/action.yml", "inputs: { a: { default: x } }\nruns:\n  using: composite\n  steps:\n    - { run: echo ok, shell: bash }\n");
        var result = await job.RunStepsAsync("- { uses: ./act, with: { b: 1 } }");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains(result.Annotations, a => a.Level == "warning" && a.Message.Contains("'b'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_time_limit_of_the_using_step_ends_the_action()
    {
        job.Write("act/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: sleep 1000, shell: bash }\n    - { if: always(), run: echo after, shell: bash }\n");
        var result = await job.RunStepsAsync("- { uses: ./act, timeout-minutes: 0.003 }");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("has timed out after 0.003 minutes", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("\nafter", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_actions_folder_wins_over_the_built_in_checkout()
    {
        var actions = Path.Combine(job.Workspace, "..", "actions-dir");
        Directory.CreateDirectory(Path.Combine(actions, "actions", "checkout"));
        File.WriteAllText(
            Path.Combine(actions, "actions", "checkout", "action.yml"),
            "runs:\n  using: composite\n  steps:\n    - { run: 'echo stand-in ${{ github.action_repository }}@${{ github.action_ref }}', shell: bash }\n");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Folder = Path.GetFullPath(actions) } };
        await job.RunStepsAsync("- uses: actions/checkout@v4");

        Assert.Contains("\nstand-in actions/checkout@v4", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Markers_say_in_the_log_where_each_step_of_an_action_begins_and_ends()
    {
        job.Settings = job.Settings with { Machine = new Capstan.Runner.Jobs.MachineSettings { CompositeMarkers = true } };
        job.Write("outer/action.yml", "runs:\n  using: composite\n  steps:\n    - { id: in, uses: ./inner }\n    - { name: 'a; b]', run: exit 1, shell: bash, continue-on-error: true }\n    - { run: echo, shell: bash, if: false }\n");
        job.Write("inner/action.yml", "runs:\n  using: composite\n  steps:\n    - { id: deep, run: echo hi, shell: bash }\n");

        await job.RunStepsAsync("- { id: top, uses: ./outer }");

        var markers = job.LogOf(1).Split('\n').Where(line => line.Contains("-action ", StringComparison.Ordinal)).Select(line => line.Split(";duration_ms=")[0]);
        Assert.Equal(
            [
                "##[start-action display=Run ./inner;id=top.in]",
                "##[start-action display=Run echo hi;id=top.in.deep]",
                "##[end-action id=top.in.deep;outcome=success;conclusion=success",
                "##[end-action id=top.in;outcome=success;conclusion=success",
                "##[start-action display=a%3B b%5D;id=top.__run]",
                "##[end-action id=top.__run;outcome=failure;conclusion=success",
                "##[start-action display=Run echo;id=top.__run_2]",
                "##[end-action id=top.__run_2;outcome=skipped;conclusion=skipped",
            ],
            markers);
    }
}
