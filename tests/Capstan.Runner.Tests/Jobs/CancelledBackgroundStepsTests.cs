using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Capstan.Runner.Processes;
using Capstan.Runner.Tests.Actions;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>
/// <c>cancel</c>, and what a cancellation of the job means to steps in the background.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
/// </summary>
public sealed class CancelledBackgroundStepsTests : IDisposable
{
    private readonly JobHarness job = new();

    /// <summary>Ends a test whose steps wait for each other for ever.</summary>
    private readonly CancellationTokenSource cancel = new(TimeSpan.FromMinutes(1));

    public void Dispose()
    {
        cancel.Dispose();
        job.Dispose();
    }

    private IEnumerable<string> Shown(JobResult result) => result.Steps.Select(step => $"{step.Number} {step.Name}: {step.Conclusion!.Value.Name()}");

    [Fact]
    public async Task A_cancelled_step_ends_with_all_its_processes_and_the_others_go_on()
    {
        var result = await RunAsync(
            """
            - run: mkfifo ready go
            - id: stubborn
              background: true
              run: |
                trap '' INT TERM
                setsid sh -c 'trap "" INT TERM; echo $$ > daemon; echo > ready; sleep 1000' &
                echo $$ > shell
                while true; do sleep 0.05; done
            - { id: other, name: Other, background: true, run: cat go }
            - run: cat ready
            - cancel: stubborn
            - run: |
                for file in daemon shell; do kill -0 $(cat $file) 2> gone && echo "$file lives"; done
                echo "${{ steps.stubborn.outcome }} ${{ steps.stubborn.conclusion }} ${{ job.status }}"
                echo unharmed > go
            - wait: [stubborn, other]
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(Conclusion.Cancelled, result.Steps[1].Conclusion);
        Assert.EndsWith("\nA later step has cancelled this one.", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nunharmed", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain(" lives\n", job.LogOf(6), StringComparison.Ordinal);
        Assert.EndsWith("\ncancelled cancelled success", job.LogOf(6), StringComparison.Ordinal);
        Assert.Equal(Conclusion.Success, result.Steps[6].Conclusion);
        Assert.Empty(result.Annotations);
    }

    [Fact]
    public async Task A_cancelled_step_is_terminated_not_interrupted_and_may_tidy_up()
    {
        await RunAsync(
            """
            - run: mkfifo ready
            - id: b
              background: true
              run: |
                trap 'echo out=interrupted >> $GITHUB_OUTPUT; exit 0' INT
                trap 'echo out=tidy >> $GITHUB_OUTPUT; exit 0' TERM
                echo > ready
                while true; do sleep 0.02; done
            - run: cat ready
            - cancel: b
            - run: echo "${{ steps.b.outputs.out }} ${{ steps.b.outcome }}"
            """);

        Assert.EndsWith("\ntidy cancelled", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_cancelled_step_has_started_may_tidy_up_as_long_as_its_shell_might()
    {
        job.Settings = job.Settings with { Grace = new Grace(TimeSpan.FromMinutes(1), TimeSpan.Zero) };
        await RunAsync(
            """
            - run: mkfifo ready
            - id: b
              background: true
              run: |
                sh -c 'trap "sleep 0.05; echo tidy > tidied; exit" TERM; echo > ready; while true; do sleep 0.02; done'
                echo the shell goes on
            - run: cat ready
            - cancel: b
            - run: cat tidied
            """);

        Assert.EndsWith("\ntidy", job.LogOf(5), StringComparison.Ordinal);
        Assert.DoesNotContain("\nthe shell goes on", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_waits_for_its_turn_never_begins_when_it_is_cancelled()
    {
        var steps = Enumerable.Range(1, 10).Select(i => $"- {{ name: S{i}, background: true, run: cat go{i} }}");
        var result = await RunAsync(
            $"""
            - run: for i in $(seq 10); do mkfifo go$i; done
            {string.Join('\n', steps)}
            - {"{ id: late, name: Late, background: true, run: echo never }"}
            - cancel: late
            - run: for i in $(seq 10); do echo > go$i; done
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        var late = Assert.Single(result.Steps, step => step.Name == "Late");
        Assert.Equal((Conclusion.Cancelled, null, "It was cancelled before it began."), (late.Conclusion!.Value, late.StartedAt, late.Why));
        Assert.Equal("", job.LogOf(late.Number));
    }

    [Fact]
    public async Task A_cancelled_composite_action_ends_as_a_whole()
    {
        job.Write("a/action.yml", "name: a\nruns:\n  using: composite\n  steps:\n    - { run: 'echo > ready; sleep 1000', shell: bash }\n    - { run: echo never, shell: bash, if: always() }\n");
        var result = await RunAsync("- run: mkfifo ready\n- { id: b, background: true, uses: ./a }\n- run: cat ready\n- cancel: b");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(Conclusion.Cancelled, result.Steps[1].Conclusion);
        Assert.DoesNotContain("\nnever", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancellation_of_the_job_ends_a_wait_with_all_that_runs_in_the_background()
    {
        job.AddRemote("acme/a", "echo main", post: "echo tidied");
        var started = 0;
        job.OnLine = line =>
        {
            if (line == "ready" && Interlocked.Increment(ref started) == 2) _ = Task.Run(cancel.Cancel);
        };
        var result = await RunAsync(
            """
            - uses: acme/a@v1
            - { id: b, name: B, background: true, if: always(), run: echo ready; sleep 1000 }
            - { name: C, background: true, run: echo ready; sleep 1000 }
            - wait: b
            - run: echo never
            - if: always()
              run: echo "${{ steps.b.outcome }} ${{ job.status }}"
            """);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal(
            [
                "3 B: cancelled", "4 C: cancelled", "5 Wait: cancelled", "6 Run echo never: skipped", """7 Run echo "cancelled cancelled": success""",
                "8 Wait for background steps: cancelled", "9 Post Run acme/a@v1: success",
            ],
            Shown(result).Skip(2));
        Assert.EndsWith("\ncancelled cancelled", job.LogOf(7), StringComparison.Ordinal);
        Assert.EndsWith("\ntidied", job.LogOf(9), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_launched_after_the_cancellation_because_it_is_always_wanted_runs()
    {
        job.OnLine = line =>
        {
            if (line == "ready") _ = Task.Run(cancel.Cancel);
        };
        var result = await RunAsync(
            """
            - run: echo ready; sleep 1000
            - { id: b, name: B, background: true, if: always(), run: echo tidied }
            - wait: b
            """);

        Assert.Equal(["2 B: success", "3 Wait: success"], Shown(result).Skip(1));
    }

    [Fact]
    public async Task A_kill_ends_what_runs_in_the_background_and_what_waits_for_its_turn()
    {
        using var kill = new CancellationTokenSource();
        job.Settings = job.Settings with { Kill = kill.Token };
        job.OnLine = line =>
        {
            if (line == "ready") _ = Task.Run(kill.Cancel);
        };
        var steps = string.Join('\n', Enumerable.Repeat("- { background: true, run: \"trap '' INT TERM; sleep 1000\" }", 11));
        var result = await RunAsync($"{steps}\n- run: echo ready; sleep 1000\n- run: echo never");

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal(12, result.Steps.Count);
        Assert.All(result.Steps, step => Assert.Equal(Conclusion.Cancelled, step.Conclusion));
    }

    private Task<JobResult> RunAsync(string steps) => job.RunStepsAsync(steps, cancel.Token);
}
