using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Actions;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>
/// <c>background</c>, <c>wait</c>, <c>wait-all</c>, <c>cancel</c> and <c>parallel</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
/// </summary>
public sealed class BackgroundStepsTests : IDisposable
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
    public async Task A_step_in_the_background_runs_beside_those_after_it()
    {
        var result = await RunAsync(
            """
            - run: mkfifo up go
            - { id: server, name: Server, background: true, run: echo up > up; cat go }
            - run: cat up; echo gone > go
            - wait: server
            """);

        Assert.Equal(["1 Run mkfifo up go: success", "2 Server: success", "3 Run cat up; echo gone > go: success", "4 Wait: success"], Shown(result));
        Assert.EndsWith("\ngone", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nup", job.LogOf(3), StringComparison.Ordinal);
        Assert.Equal("Waiting for 'Server'\n'Server': success", job.LogOf(4));
    }

    [Theory]
    [InlineData("wait: b")]
    [InlineData("wait: [b]")]
    [InlineData("wait-all:")]
    [InlineData("cancel: b")]
    public async Task What_a_step_changes_is_seen_when_a_later_step_covers_it(string cover)
    {
        const string Look = """run: "echo \"[$SET] [${PATH%%:*}] [${{ steps.b.outputs.out }}] [${{ steps.b.outcome }}] [${{ toJSON(steps.b) != 'null' }}] [${{ env.SET }}]\"" """;
        job.OnStep = step =>
        {
            if (step is { Name: "B", Status: Status.Completed }) job.Write("ended", "");
        };
        await RunAsync(
            $$$"""
            - id: b
              name: B
              background: true
              run: |
                echo SET=1 >> "$GITHUB_ENV"
                echo /from/b >> "$GITHUB_PATH"
                echo out=2 >> "$GITHUB_OUTPUT"
            - run: until test -e ended; do sleep 0.01; done
            - {{{Look}}}
            - {{{cover}}}
            - {{{Look}}}
            """);

        Assert.DoesNotContain("/from/b", job.LogOf(3), StringComparison.Ordinal);
        Assert.Matches(@"\n\[\] \[[^]]+\] \[\] \[\] \[false\] \[\]$", job.LogOf(3));
        Assert.EndsWith("\n[1] [/from/b] [2] [success] [true] [1]", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_in_the_background_sees_the_job_as_it_was_at_its_launch()
    {
        var result = await RunAsync(
            """
            - run: mkfifo go; echo A=before >> "$GITHUB_ENV"
            - { id: b, background: true, run: 'cat go; echo "$A ${{ env.A }} ${{ steps.later.outputs.x }}"' }
            - { id: later, run: 'echo A=after >> "$GITHUB_ENV"; echo x=y >> "$GITHUB_OUTPUT"' }
            - run: echo > go
            - wait: b
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nbefore before ", job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wait: [a, b]", "b")]
    [InlineData("wait: [b, a]", "a")]
    [InlineData("wait-all: true", "b")]
    public async Task Changes_are_merged_in_the_order_in_which_the_wait_names_the_steps_whichever_ended_first(string wait, string last)
    {
        await RunAsync(
            $$"""
            - run: mkfifo go
            - id: a
              background: true
              run: cat go; echo WHO=a >> "$GITHUB_ENV"; echo /a >> "$GITHUB_PATH"
            - id: b
              background: true
              run: echo WHO=b >> "$GITHUB_ENV"; echo /b >> "$GITHUB_PATH"; echo > go
            - {{wait}}
            - run: "echo $WHO ${PATH%%:*}"
            """);

        Assert.EndsWith($"\n{last} /{last}", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_leaves_alone_what_it_does_not_name_and_wait_all_takes_the_rest()
    {
        var result = await RunAsync(
            """
            - run: mkfifo go
            - { id: a, name: A, background: true, run: 'true' }
            - { id: b, name: B, background: true, run: cat go }
            - wait: a
            - run: echo "${{ steps.a.outcome }} ${{ steps.b.outcome }}"; echo > go
            - wait-all:
            - wait-all:
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nsuccess ", job.LogOf(5), StringComparison.Ordinal);
        Assert.Equal("Waiting for 'B'\n'B': success", job.LogOf(6));
        Assert.Equal("No step runs in the background.", job.LogOf(7));
    }

    [Theory]
    [InlineData("", "wait: b", "failure", "failure", "skipped")]
    [InlineData("", "wait-all:", "failure", "failure", "skipped")]
    [InlineData("", "{ wait: b, continue-on-error: true }", "success", "success", "success")]
    [InlineData("continue-on-error: true, ", "wait: b", "success", "success", "success")]
    [InlineData("", "cancel: b", "success", "failure", "success")]
    public async Task A_failure_counts_where_it_is_waited_for(string more, string cover, string control, string conclusion, string after)
    {
        job.OnStep = step =>
        {
            if (step is { Name: "B", Status: Status.Completed }) job.Write("ended", "");
        };
        var result = await RunAsync(
            $$$"""
            - { id: b, name: B, {{{more}}}background: true, run: exit 3 }
            - run: until test -e ended; do sleep 0.01; done
            - {{{cover}}}
            - run: echo "${{ steps.b.outcome }}"
            """);

        Assert.Equal([Conclusion.Success.Name(), control, after], result.Steps.Skip(1).Select(step => step.Conclusion!.Value.Name()));
        Assert.Equal(conclusion, result.Conclusion.Name());
        if (after == "success") Assert.EndsWith("\nfailure", job.LogOf(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_steers_background_steps_runs_after_a_failure_too()
    {
        var result = await RunAsync(
            """
            - { id: server, name: Server, background: true, run: sleep 1000 }
            - { id: other, name: Other, background: true, run: 'true' }
            - run: exit 1
            - wait: other
            - cancel: server
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(["1 Server: cancelled", "2 Other: success", "3 Run exit 1: failure", "4 Wait: success", "5 Cancel: success"], Shown(result));
    }

    [Fact]
    public async Task Steps_that_nobody_waits_for_are_waited_for_before_post_steps()
    {
        job.AddRemote("acme/a", "echo main", post: "test -e done && echo tidied");
        var result = await RunAsync(
            """
            - run: mkfifo go
            - uses: acme/a@v1
            - { name: Slow, background: true, run: 'cat go; touch done; exit 1' }
            - run: echo > go
            """);

        Assert.Equal(
            [
                "1 Set up job: success", "2 Run mkfifo go: success", "3 Run acme/a@v1: success", "4 Slow: failure", "5 Run echo > go: success",
                "6 Wait for background steps: failure", "7 Post Run acme/a@v1: success",
            ],
            Shown(result));
        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.EndsWith("\ntidied", job.LogOf(7), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_run_at_once_and_the_others_follow_in_the_order_of_their_launch()
    {
        var steps = Enumerable.Range(1, 12).Select(i => $"- {{ name: S{i}, background: true, run: cat go{i} }}");
        var result = await RunAsync(
            $"""
            - run: for i in $(seq 12); do mkfifo go$i; done
            {string.Join('\n', steps)}
            - run: for i in $(seq 12); do echo > go$i; done
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        var atOnce = 0;
        var most = 0;
        foreach (var report in job.Reports.Where(report => report.Name.StartsWith('S')))
        {
            if (report.Status == Status.InProgress) most = Math.Max(most, ++atOnce);
            if (report.Status == Status.Completed) atOnce--;
        }

        Assert.Equal(BackgroundSteps.AtOnce, most);
        Assert.Equal(["S11", "S12"], job.Reports.Where(report => report.Status == Status.Pending).Select(report => report.Name));
        Assert.Equal(["S11", "S12"], job.Reports.Where(report => report.Status == Status.InProgress && report.Name is "S11" or "S12").Select(report => report.Name).Distinct());
        Assert.Equal(Enumerable.Range(1, 15), result.Steps.Select(step => step.Number));
    }

    [Fact]
    public async Task A_time_limit_fails_the_step_and_what_waits_for_it()
    {
        var result = await RunAsync("- { id: b, name: B, background: true, timeout-minutes: 0.003, run: sleep 1000 }\n- wait: b");

        Assert.Equal(["1 B: failure", "2 Wait: failure"], Shown(result));
        Assert.Contains("The action 'B' has timed out after 0.003 minutes.", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_limit_is_known_at_the_launch_and_its_time_begins_with_the_step()
    {
        var clock = new FakeClock();
        job.Settings = job.Settings with { Clock = clock };
        job.OnStep = step =>
        {
            if (step is { Name: "Late", Status: Status.Pending }) clock.Advance(TimeSpan.FromMinutes(10));
        };
        var steps = Enumerable.Range(1, 10).Select(i => $"- {{ name: S{i}, background: true, run: cat go{i} }}");
        var result = await RunAsync(
            $"""
            - run: for i in $(seq 10); do mkfifo go$i; done
            {string.Join('\n', steps)}
            - {"{ id: late, name: Late, background: true, timeout-minutes: \"${{ fromJSON(env.LIMIT || '5') }}\", run: echo in time }"}
            - run: echo LIMIT=0.000001 >> "$GITHUB_ENV"
            - run: for i in $(seq 10); do echo > go$i; done
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nin time", job.LogOf(12), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("if: false", "skipped", "skipped")]
    [InlineData("if: fromJSON('x')", "failure", "failure")]
    [InlineData("env: { A: \"${{ fromJSON('x') }}\" }", "failure", "failure")]
    [InlineData("working-directory: nowhere", "failure", "failure")]
    public async Task A_step_that_does_nothing_ends_as_it_would_in_its_turn(string key, string conclusion, string outcome)
    {
        var result = await RunAsync($"- {{ id: b, background: true, run: echo never, {key} }}\n- {{ wait: b, continue-on-error: true }}\n- run: echo ${{{{ steps.b.outcome }}}}");

        Assert.Equal(conclusion, result.Steps[0].Conclusion!.Value.Name());
        Assert.DoesNotContain("\nnever\n", job.LogOf(1) + "\n", StringComparison.Ordinal);
        Assert.EndsWith("\n" + outcome, job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_members_of_a_parallel_group_run_beside_each_other_and_what_follows_waits_for_all()
    {
        var result = await RunAsync(
            """
            - run: mkfifo one two
            - parallel:
                - { name: A, id: a, run: 'cat one; echo > two; echo x=1 >> "$GITHUB_OUTPUT"' }
                - { name: B, run: 'echo > one; cat two' }
                - { name: C, if: false, run: echo never }
            - run: echo ${{ steps.a.outputs.x }}
            - parallel: [ { name: D, run: 'true' } ]
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(["2 A 1", "3 B 1", "4 C 1", "5 Run echo 1 ", "6 D 2"], result.Steps.Skip(1).Select(step => $"{step.Number} {step.Name} {step.ParallelGroup}"));
        Assert.All(job.Reports.Where(report => report.Name is "A" or "B" or "C"), report => Assert.Equal("1", report.ParallelGroup));
        Assert.EndsWith("\n1", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_member_of_a_parallel_group_fails_the_job_and_the_others_finish()
    {
        var result = await RunAsync(
            """
            - run: mkfifo go
            - parallel:
                - { name: Bad, run: 'echo > go; exit 1' }
                - { name: Good, run: cat go }
                - { name: Forgiven, run: exit 1, continue-on-error: true }
            - run: echo never
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal("The step 'Bad' failed", result.Reason);
        Assert.Equal(["2 Bad: failure", "3 Good: success", "4 Forgiven: success", "5 Run echo never: skipped"], Shown(result).Skip(1));
    }

    [Fact]
    public async Task A_mask_counts_at_once_for_all_steps()
    {
        // What a step prints counts when it is read, so the other one waits for that.
        job.OnLine = line =>
        {
            if (line == "added") job.Write("added", "");
        };
        await RunAsync(
            """
            - run: mkfifo printed
            - { id: b, background: true, run: "echo ::add-mask::dragonfly; echo added; cat printed" }
            - run: until test -e added; do sleep 0.01; done; echo a dragonfly; echo its dragonfly > printed
            """);

        Assert.EndsWith("\na ***", job.LogOf(3), StringComparison.Ordinal);
        Assert.EndsWith("\nits ***", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lines_of_steps_that_print_at_the_same_time_never_mix()
    {
        const int Lines = 3000;
        var steps = string.Join('\n', "abcd".Select(letter => $"- {{ name: {letter}, background: true, run: 'for i in $(seq {Lines}); do printf {letter}; printf {letter}; echo $i; done' }}"));
        await RunAsync(steps);

        for (var step = 1; step <= 4; step++)
        {
            var letter = "abcd"[step - 1];
            var expected = Enumerable.Range(1, Lines).Select(i => string.Create(CultureInfo.InvariantCulture, $"{letter}{letter}{i}"));
            Assert.Equal(expected, job.LogOf(step).Split('\n').TakeLast(Lines));
        }
    }

    private Task<JobResult> RunAsync(string steps) => job.RunStepsAsync(steps, cancel.Token);
}
