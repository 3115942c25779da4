using Capstan.Contracts;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Agent;

/// <summary>What a runner tells its server of a job: steps, logs and summaries, over a line that breaks.</summary>
public sealed class AgentReportsTests : IAsyncLifetime
{
    private readonly AgentHarness agent = new();

    public ValueTask InitializeAsync() => agent.InitializeAsync();

    public ValueTask DisposeAsync() => agent.DisposeAsync();

    [Fact]
    public async Task A_short_job_tells_its_steps_and_its_whole_log_with_its_end()
    {
        // On a clock that stands still nothing is ever gathered for long enough.
        agent.Start(clock: new FakeClock());
        agent.Server.Enqueue(agent.Job(1, "- run: echo hello\n- run: echo world"));
        var end = await agent.CompletedAsync(1);

        Assert.Equal(0, agent.Server.Appends);
        Assert.Empty(agent.Server.Steps);
        Assert.Equal([1L], agent.Server.Started);
        Assert.Equal([1, 2], end.LogTails!.Select(t => t.Stream));
        Assert.Equal([1, 2], end.LogLengths.Keys.Order());
        Assert.EndsWith(" hello\n", agent.Server.LogOf(1, 1), StringComparison.Ordinal);
        Assert.EndsWith(" world\n", agent.Server.LogOf(1, 2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_comes_by_itself_where_the_server_does_not_take_it_with_the_end()
    {
        agent.Server.IgnoreTails = true;
        agent.Start(clock: new FakeClock());
        agent.Server.Enqueue(agent.Job(1, "- run: echo hello"));
        await agent.CompletedAsync(1);

        Assert.EndsWith(" hello\n", agent.Server.LogOf(1, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_steps_write_for_people_is_there_before_the_jobs_end_and_not_in_its_log()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: 'echo \"# Tests\" >> $GITHUB_STEP_SUMMARY'\n- run: echo nothing\n- run: for i in 1 2 3; do echo \"$i ö\" >> $GITHUB_STEP_SUMMARY; done"));
        await agent.CompletedAsync(1);

        Assert.Equal([((1L, 1), "# Tests\n"), ((1L, 3), "1 ö\n2 ö\n3 ö\n")], agent.Server.Summaries.OrderBy(s => s.Key.Step).Select(s => (s.Key, s.Value)));
        Assert.DoesNotContain("1 ö", agent.Server.LogOf(1, 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_steps_of_a_job_have_a_summary_that_is_kept()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, string.Join('\n', Enumerable.Range(1, 22).Select(n => $"- run: echo {n} >> $GITHUB_STEP_SUMMARY"))));
        await agent.CompletedAsync(1);

        Assert.Equal(Enumerable.Range(1, 20), agent.Server.Summaries.Keys.Select(key => key.Step).Order());
    }

    [Fact]
    public async Task A_log_too_large_to_go_with_the_end_is_sent_before_it()
    {
        agent.Start(clock: new FakeClock());
        agent.Server.Enqueue(agent.Job(1, "- run: seq 20000"));
        var end = await agent.CompletedAsync(1);

        Assert.Null(end.LogTails);
        Assert.Equal(Enumerable.Range(1, 20000).Select(i => $"{i}"), agent.Texts(1).SkipWhile(t => t != "1"));
    }

    [Fact]
    public async Task A_line_is_visible_while_the_step_still_runs_and_so_is_the_step()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, $"- run: echo early; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" early\n", StringComparison.Ordinal) && agent.Server.Steps.Any(s => s is { Number: 1, Status: Status.InProgress }));
        File.WriteAllText(agent.Folder["go"], "");

        Assert.Equal(Conclusion.Success, (await agent.CompletedAsync(1)).Conclusion);
    }

    [Fact]
    public async Task The_job_goes_on_while_the_server_is_down_and_every_byte_arrives_once()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, $"- run: echo ready; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done; seq 200000"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        agent.Server.Down = true;
        File.WriteAllText(agent.Folder["go"], "");
        await Eventually.TrueAsync(() => agent.Reported.Length > 0 && !Directory.Exists(Path.Combine(agent.Folder["work"], "executions", "1", "_temp")));
        agent.Server.Down = false;
        var end = await agent.CompletedAsync(1);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        Assert.Equal(Enumerable.Range(1, 200000).Select(i => $"{i}"), agent.Texts(1).SkipWhile(t => t != "ready").Skip(1));
    }

    [Fact]
    public async Task A_disk_that_is_full_while_the_server_is_down_ends_the_job_as_failure_with_the_reason()
    {
        agent.Start();
        var log = Path.Combine(agent.Folder["work"], "executions", "1", "log");
        agent.Server.Enqueue(agent.Job(1, $"- run: mkdir -p {log}; ln -s /dev/full {log}/1; echo ready; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done; seq 200000; sleep 1000"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        agent.Server.Down = true;
        File.WriteAllText(agent.Folder["go"], "");
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(agent.Folder["work"], "executions", "1", "_temp")));
        agent.Server.Down = false;
        var end = await agent.CompletedAsync(1);

        Assert.Equal(Conclusion.Failure, end.Conclusion);
        Assert.Contains("No space left on device", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_that_run_at_the_same_time_have_logs_of_their_own_and_say_their_group()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, """
            - run: mkfifo one two
            - parallel:
                - { name: A, run: cat one; echo from B > two; seq 20000 }
                - { name: B, run: echo from A > one; cat two; seq 20000 }
            - { name: Server, id: server, background: true, run: sleep 1000 }
            - { name: Stop, cancel: server }
            """));
        var end = await agent.CompletedAsync(1);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        var newest = agent.Server.Steps.Concat(end.Steps).GroupBy(step => step.Number).OrderBy(group => group.Key).Select(group => group.Last());
        Assert.Equal(
            ["1 completed success False", "2 completed success 1False", "3 completed success 1False", "4 completed cancelled True", "5 completed success False"],
            newest.Select(step => $"{step.Number} {step.Status.Name()} {step.Conclusion!.Value.Name()} {step.ParallelGroup}{step.Background}"));
        Assert.Equal(["from A", .. Enumerable.Range(1, 20000).Select(i => $"{i}")], agent.Texts(1, 2).SkipWhile(text => text != "from A"));
        Assert.Equal(["from B", .. Enumerable.Range(1, 20000).Select(i => $"{i}")], agent.Texts(1, 3).SkipWhile(text => text != "from B"));
    }

    [Fact]
    public async Task Appends_whose_answer_was_lost_are_neither_doubled_nor_dropped()
    {
        agent.Server.LoseEveryNthAppendAnswer = 2;
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: for i in $(seq 40); do seq $((i*100)) $((i*100+99)); sleep 0.01; done"));
        await agent.CompletedAsync(1);

        Assert.Equal(Enumerable.Range(100, 4000).Select(i => $"{i}"), agent.Texts(1).SkipWhile(t => t != "100"));
    }
}
