using Capstan.Contracts;
using Capstan.Runner.Processes;
using Capstan.Runner.Tests.Actions;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>
/// How long what has to end may take, on a clock that the tests move.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
/// </summary>
public sealed class JobEndsTests : IDisposable
{
    private readonly JobHarness job = new();
    private readonly FakeClock clock = new();
    private readonly CancellationTokenSource cancel = new();

    public JobEndsTests() => job.Settings = job.Settings with { Clock = clock, Grace = Grace.Default };

    public void Dispose()
    {
        cancel.Dispose();
        job.Dispose();
    }

    [Theory]
    [InlineData("", true, Conclusion.Cancelled, 0)]
    [InlineData("timeout-minutes: 1", false, Conclusion.Failure, 60)]
    public async Task A_step_that_must_end_is_interrupted_then_terminated_then_killed(string limit, bool cancelled, Conclusion conclusion, double begin)
    {
        var seen = new List<(string Line, double Second)>();
        job.OnLine = line =>
        {
            lock (seen) seen.Add((line, Seconds));
            _ = line switch
            {
                "ready" => Task.Run(() =>
                {
                    if (cancelled) cancel.Cancel();
                    else clock.Advance(TimeSpan.FromMinutes(1));
                }),
                "interrupted" => Task.Run(() => clock.Advance(TimeSpan.FromSeconds(7.5))),
                "terminated" => Task.Run(() => clock.Advance(TimeSpan.FromSeconds(2.5))),
                _ => Task.CompletedTask,
            };
        };
        var result = await job.RunStepsAsync(
            $"""
            - {(limit.Length == 0 ? "name: stubborn" : limit)}
              run: |
                trap 'echo interrupted' INT
                trap 'echo terminated' TERM
                echo ready
                while true; do sleep 0.02 || true; done
            """,
            cancel.Token);

        Assert.Equal(conclusion, result.Steps[0].Conclusion);
        Assert.Equal([("ready", 0), ("interrupted", begin), ("terminated", begin + 7.5)], seen.Where(s => s.Line is "ready" or "interrupted" or "terminated"));
        Assert.Equal(begin + 10, Seconds);
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData("cancel-timeout-minutes: 2", 2)]
    public async Task Steps_and_post_steps_that_are_still_wanted_run_until_the_time_after_a_cancellation_is_over(string key, double minutes)
    {
        job.AddRemote("acme/a", "echo main", post: "echo posting; sleep 1000");
        job.AddRemote("acme/b", "echo main", post: "echo never");
        job.OnLine = line =>
        {
            if (line == "ready") _ = Task.Run(cancel.Cancel);
            if (line == "posting") _ = Task.Run(() => clock.Advance(TimeSpan.FromMinutes(minutes)));
        };
        var result = await job.RunAsync(
            $$"""
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                {{key}}
                steps:
                  - uses: acme/b@v1
                  - uses: acme/a@v1
                  - run: echo ready; sleep 1000
                  - run: echo never
                  - { if: cancelled(), run: echo asked }
                  - { if: always(), run: echo wanted }
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal(
            ["Run echo ready; sleep 1000: cancelled", "Run echo never: skipped", "Run echo asked: success", "Run echo wanted: success", "Post Run acme/a@v1: cancelled"],
            result.Steps.Skip(3).Select(step => $"{step.Name}: {step.Conclusion!.Value.Name()}"));
        Assert.DoesNotContain("\nnever", job.Log, StringComparison.Ordinal);
        Assert.Equal(minutes * 60, Seconds);
    }

    /// <summary>As on a full disk. What needs no files runs, and the job says how it ended.</summary>
    [Fact]
    public async Task Files_that_cannot_be_made_fail_the_step_that_needs_them_with_the_systems_message_and_later_steps_run()
    {
        var result = await job.RunStepsAsync(
            """
            - run: rm -r "$RUNNER_TEMP/_runner_file_commands"; ln -s /proc/self/task "$RUNNER_TEMP/_runner_file_commands"
            - run: echo never
            - if: failure()
              uses: actions/upload-artifact@v4
              with: { path: nothing, if-no-files-found: ignore }
            """);

        Assert.Equal([Conclusion.Success, Conclusion.Failure, Conclusion.Success], result.Steps.Select(step => step.Conclusion!.Value));
        Assert.Contains(result.Annotations, annotation => annotation is { Step: 2 } && annotation.Message.Contains("_runner_file_commands/set_output_2: No such file or directory", StringComparison.Ordinal));
        Assert.Equal(Conclusion.Failure, result.Conclusion);
    }

    [Fact]
    public async Task What_a_step_cannot_write_to_its_command_files_fails_it_by_its_own_exit_code()
    {
        var result = await job.RunStepsAsync("- { id: a, run: 'ln -sf /dev/full \"$GITHUB_OUTPUT\"; echo a=1 >> \"$GITHUB_OUTPUT\"' }\n- { if: always(), run: 'echo \"[${{ steps.a.outputs.a }}]\"' }");

        Assert.Equal(Conclusion.Failure, result.Steps[0].Conclusion);
        Assert.Contains("No space left on device", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\n[]", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_that_a_step_took_away_fails_the_next_step_with_its_name()
    {
        var result = await job.RunStepsAsync("- run: rm -rf \"$GITHUB_WORKSPACE\"; touch \"$GITHUB_WORKSPACE\"\n- run: echo never\n- { if: always(), working-directory: /, run: echo after }");

        Assert.Equal([Conclusion.Success, Conclusion.Failure, Conclusion.Success], result.Steps.Select(step => step.Conclusion!.Value));
        Assert.Contains(result.Annotations, annotation => annotation is { Step: 2 } && annotation.Message.Contains(job.Workspace, StringComparison.Ordinal));
    }

    private double Seconds => (clock.GetUtcNow() - FakeClock.DefaultStart).TotalSeconds;
}
