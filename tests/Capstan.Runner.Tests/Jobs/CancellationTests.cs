using System.Diagnostics;
using Capstan.Contracts;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

public sealed class CancellationTests : IDisposable
{
    private readonly JobHarness job = new();
    private readonly CancellationTokenSource cancel = new();

    public void Dispose()
    {
        cancel.Dispose();
        job.Dispose();
    }

    [Fact]
    public async Task A_cancelled_step_is_interrupted_first_and_may_end_in_order()
    {
        CancelAt("ready");
        var result = await job.RunStepsAsync(
            """
            - run: |
                trap 'echo got-interrupt; exit 0' INT
                sleep 1000 &
                echo ready
                wait
            - run: echo never
            - if: always()
              run: echo "at the end ${{ job.status }}"
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal([Conclusion.Cancelled, Conclusion.Skipped, Conclusion.Success], result.Steps.Select(s => s.Conclusion!.Value));
        Assert.Contains("\ngot-interrupt", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("\nat the end cancelled", job.LogOf(3), StringComparison.Ordinal);
        Assert.Equal(Condition.JobCancelled, result.Steps[1].Why);
    }

    /// <summary>Timers of the system may come a hair before their time by another clock of it.</summary>
    [Fact]
    public async Task A_timer_that_comes_too_early_does_not_lengthen_the_grace()
    {
        job.Settings = job.Settings with { Clock = new EarlyTimers() };
        CancelAt("ready");
        var watch = Stopwatch.StartNew();
        await job.RunStepsAsync("- run: trap '' INT TERM; echo ready; while true; do sleep 0.05; done", cancel.Token);

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task What_ignores_interrupt_is_terminated_and_what_ignores_that_is_killed()
    {
        CancelAt("ready");
        var watch = Stopwatch.StartNew();
        var result = await job.RunStepsAsync(
            """
            - run: |
                trap 'echo still-here' INT TERM
                echo ready
                while true; do sleep 0.05; done
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15));
        Assert.Contains("\nstill-here\n", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_tree_of_a_cancelled_step_ends_also_what_called_setsid()
    {
        CancelAt("ready");
        await job.RunStepsAsync(
            """
            - run: |
                setsid sh -c 'trap "" INT TERM; echo $$ > daemon; sleep 1000' &
                (trap '' INT TERM; echo $BASHPID > child; sleep 1000) &
                while ! test -s daemon || ! test -s child; do sleep 0.01; done
                echo ready
                wait
            """,
            cancel.Token);

        Assert.False(IsAlive("daemon"));
        Assert.False(IsAlive("child"));
    }

    [Fact]
    public async Task A_step_whose_condition_still_holds_goes_on_when_the_job_is_cancelled()
    {
        CancelAt("ready");
        var result = await job.RunStepsAsync(
            """
            - if: always()
              run: |
                echo ready
                for i in $(seq 20); do sleep 0.02; done
                echo finished
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal(Conclusion.Success, Assert.Single(result.Steps).Conclusion);
        Assert.EndsWith("\nfinished", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_composite_action_that_begins_after_a_cancellation_runs_its_steps()
    {
        job.Write("tidy/action.yml", "name: tidy\nruns:\n  using: composite\n  steps:\n    - run: echo tidied\n      shell: bash");
        CancelAt("ready");
        var result = await job.RunStepsAsync("- run: echo ready; sleep 1000\n- if: always()\n  uses: ./tidy", cancel.Token);

        Assert.Equal([Conclusion.Cancelled, Conclusion.Success], result.Steps.Select(s => s.Conclusion!.Value));
        Assert.EndsWith("\ntidied", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_negative_time_after_a_cancellation_is_none()
    {
        CancelAt("ready");
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                cancel-timeout-minutes: ${{ fromJSON('-1') }}
                steps:
                  - run: echo ready; sleep 1000
                  - if: always()
                    run: echo never
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.DoesNotContain("\nnever", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_ends_everything_at_once_and_runs_no_further_step()
    {
        using var kill = new CancellationTokenSource();
        job.Settings = job.Settings with { Kill = kill.Token };
        job.OnLine = line => { if (line == "ready") _ = Task.Run(kill.Cancel); };
        var result = await job.RunStepsAsync(
            """
            - run: |
                trap '' INT TERM
                echo ready
                sleep 1000
            - if: always()
              run: echo never
            """);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.DoesNotContain("\nnever", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_steps_time_limit_takes_decimals_and_fails_the_step()
    {
        var result = await job.RunStepsAsync(
            """
            - name: slow
              run: sleep 1000
              timeout-minutes: 0.003
            - if: failure()
              run: echo cleaned
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(Conclusion.Failure, result.Steps[0].Conclusion);
        Assert.Contains("The action 'slow' has timed out after 0.003 minutes.", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\ncleaned", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_jobs_time_limit_ends_it_as_timed_out()
    {
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                timeout-minutes: 0.004
                steps:
                  - run: sleep 1000
                  - run: echo never
                  - { if: cancelled(), run: echo tidied }
            """);

        Assert.Equal(Conclusion.TimedOut, result.Conclusion);
        Assert.Contains("exceeded the maximum execution time of 0.004 minutes", result.Reason, StringComparison.Ordinal);
        Assert.EndsWith("\ntidied", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_background_process_lives_for_later_steps_and_ends_with_the_job()
    {
        var result = await job.RunStepsAsync(
            """
            - run: |
                (while true; do date > beat; sleep 0.02; done) &
                setsid sh -c 'echo $$ > daemon; exec sleep 1000' > /dev/null 2>&1 &
                echo $! > background
                while ! test -s daemon; do sleep 0.01; done
            - run: kill -0 $(cat daemon) && rm -f beat && while ! test -s beat; do sleep 0.01; done && echo both-alive
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nboth-alive", job.LogOf(2), StringComparison.Ordinal);
        Assert.False(IsAlive("daemon"));
        Assert.Contains("Terminate orphan process", job.LogOf(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_jobs_in_one_process_do_not_end_each_others_processes()
    {
        using var other = new JobHarness();
        var gate = new TaskCompletionSource();
        other.OnLine = line => { if (line == "ready") gate.TrySetResult(); };
        var longJob = other.RunStepsAsync(
            """
            - run: |
                echo ready
                while ! test -e go; do sleep 0.01; done
                echo unharmed
            """);
        await gate.Task;
        await job.RunStepsAsync("- run: sleep 1000 & echo started");
        other.Write("go", "");
        var result = await longJob;

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nunharmed", other.LogOf(1), StringComparison.Ordinal);
    }

    private void CancelAt(string line) => job.OnLine = text => { if (text == line) _ = Task.Run(cancel.Cancel); };

    private bool IsAlive(string pidFile)
    {
        var stat = $"/proc/{File.ReadAllText(Path.Combine(job.Workspace, pidFile)).Trim()}/stat";
        return File.Exists(stat) && !File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal);
    }

    private sealed class EarlyTimers : TimeProvider
    {
        private static readonly TimeSpan TooEarly = TimeSpan.FromMilliseconds(20);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TooEarly ? dueTime - TooEarly : dueTime, period);
    }
}
