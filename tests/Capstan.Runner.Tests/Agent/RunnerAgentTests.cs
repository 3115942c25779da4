using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;
using Capstan.Runner.Steps;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Agent;

public sealed class RunnerAgentTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly CancellationTokenSource drain = new();
    private readonly CancellationTokenSource cancelJobs = new();
    private readonly StringBuilder reported = new();
    private FakeServer server = null!;
    private Task<RunnerAgentEnd> agent = null!;

    public async ValueTask InitializeAsync() => server = await FakeServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await drain.CancelAsync();
        await cancelJobs.CancelAsync();
        server.Down = false;
        if (agent is not null) await agent.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        await server.DisposeAsync();
        folder.Dispose();
        drain.Dispose();
        cancelJobs.Dispose();
    }

    [Fact]
    public async Task A_job_runs_and_its_steps_logs_and_outputs_arrive()
    {
        Start();
        server.Enqueue(Job(7, "- id: a\n  run: echo hello; echo x=1 >> $GITHUB_OUTPUT"));
        var end = await CompletedAsync(7);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        Assert.Equal([7L], server.Started);
        Assert.Equal(Conclusion.Success, Assert.Single(end.Steps).Conclusion);
        Assert.Matches(new Regex(@"\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z hello\n", RegexOptions.None, TimeSpan.FromSeconds(1)), server.LogOf(7, 1));
        Assert.All(server.Versions, version => Assert.Equal("1", version));
        Assert.NotEmpty(server.Heartbeats);
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(folder["work"], "executions", "7")));
    }

    [Fact]
    public async Task No_process_is_started_before_the_server_knows_that_the_job_began()
    {
        server.HoldSteps = true;
        Start();
        var mark = folder["mark"];
        server.Enqueue(Job(1, $"- run: touch {mark}"));
        await Eventually.TrueAsync(() => Directory.Exists(Path.Combine(folder["work"], "executions", "1", "_temp")));
        Assert.False(File.Exists(mark));

        server.HoldSteps = false;
        await CompletedAsync(1);
        Assert.True(File.Exists(mark));
    }

    [Fact]
    public async Task A_job_whose_actions_cannot_be_fetched_is_never_told_to_have_begun()
    {
        Start();
        server.Enqueue(Job(1, "- uses: acme/nowhere@v1"));
        var end = await CompletedAsync(1);

        Assert.Equal(Protocol.SetUpName, Assert.Single(end.Steps).Name);
        Assert.Empty(server.Started);
    }

    [Fact]
    public async Task A_short_job_tells_its_steps_and_its_whole_log_with_its_end()
    {
        // On a clock that stands still nothing is ever gathered for long enough.
        Start(clock: new FakeClock());
        server.Enqueue(Job(1, "- run: echo hello\n- run: echo world"));
        var end = await CompletedAsync(1);

        Assert.Equal(0, server.Appends);
        Assert.Empty(server.Steps);
        Assert.Equal([1L], server.Started);
        Assert.Equal([1, 2], end.LogTails!.Select(t => t.Stream));
        Assert.Equal([1, 2], end.LogLengths.Keys.Order());
        Assert.EndsWith(" hello\n", server.LogOf(1, 1), StringComparison.Ordinal);
        Assert.EndsWith(" world\n", server.LogOf(1, 2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_comes_by_itself_where_the_server_does_not_take_it_with_the_end()
    {
        server.IgnoreTails = true;
        Start(clock: new FakeClock());
        server.Enqueue(Job(1, "- run: echo hello"));
        await CompletedAsync(1);

        Assert.EndsWith(" hello\n", server.LogOf(1, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_steps_write_for_people_is_there_before_the_jobs_end_and_not_in_its_log()
    {
        Start();
        server.Enqueue(Job(1, "- run: 'echo \"# Tests\" >> $GITHUB_STEP_SUMMARY'\n- run: echo nothing\n- run: for i in 1 2 3; do echo \"$i ö\" >> $GITHUB_STEP_SUMMARY; done"));
        await CompletedAsync(1);

        Assert.Equal([((1L, 1), "# Tests\n"), ((1L, 3), "1 ö\n2 ö\n3 ö\n")], server.Summaries.OrderBy(s => s.Key.Step).Select(s => (s.Key, s.Value)));
        Assert.DoesNotContain("1 ö", server.LogOf(1, 3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_steps_of_a_job_have_a_summary_that_is_kept()
    {
        Start();
        server.Enqueue(Job(1, string.Join('\n', Enumerable.Range(1, 22).Select(n => $"- run: echo {n} >> $GITHUB_STEP_SUMMARY"))));
        await CompletedAsync(1);

        Assert.Equal(Enumerable.Range(1, 20), server.Summaries.Keys.Select(key => key.Step).Order());
    }

    [Fact]
    public async Task A_log_too_large_to_go_with_the_end_is_sent_before_it()
    {
        Start(clock: new FakeClock());
        server.Enqueue(Job(1, "- run: seq 20000"));
        var end = await CompletedAsync(1);

        Assert.Null(end.LogTails);
        Assert.Equal(Enumerable.Range(1, 20000).Select(i => $"{i}"), Texts(1).SkipWhile(t => t != "1"));
    }

    [Fact]
    public async Task The_next_job_waits_until_the_folder_of_the_one_before_is_gone()
    {
        Start();
        server.Enqueue(Job(1, "- run: mkdir many; cd many; touch $(seq 20000)"));
        server.Enqueue(Job(2, $"- run: test ! -e {folder["work"]}/executions/1"));

        Assert.Equal(Conclusion.Success, (await CompletedAsync(2)).Conclusion);
    }

    [Fact]
    public async Task An_agent_that_takes_no_more_jobs_says_which_it_holds()
    {
        Start(slots: 2);
        server.Enqueue(Job(1, $"- run: echo ready; while ! test -e {folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        Assert.All(server.Heartbeats, heartbeat => Assert.Null(heartbeat.Holding));
        await drain.CancelAsync();

        await Eventually.TrueAsync(() => server.Heartbeats.Any(heartbeat => heartbeat.Holding is [1L]));
        File.WriteAllText(folder["go"], "");
        await CompletedAsync(1);
    }

    [Fact]
    public async Task A_line_is_visible_while_the_step_still_runs_and_so_is_the_step()
    {
        Start();
        server.Enqueue(Job(1, $"- run: echo early; while ! test -e {folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" early\n", StringComparison.Ordinal) && server.Steps.Any(s => s is { Number: 1, Status: Status.InProgress }));
        File.WriteAllText(folder["go"], "");

        Assert.Equal(Conclusion.Success, (await CompletedAsync(1)).Conclusion);
    }

    [Fact]
    public async Task The_job_goes_on_while_the_server_is_down_and_every_byte_arrives_once()
    {
        Start();
        server.Enqueue(Job(1, $"- run: echo ready; while ! test -e {folder["go"]}; do sleep 0.01; done; seq 200000"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        server.Down = true;
        File.WriteAllText(folder["go"], "");
        await Eventually.TrueAsync(() => reported.ToString().Length > 0 && !Directory.Exists(Path.Combine(folder["work"], "executions", "1", "_temp")));
        server.Down = false;
        var end = await CompletedAsync(1);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        Assert.Equal(Enumerable.Range(1, 200000).Select(i => $"{i}"), Texts(1).SkipWhile(t => t != "ready").Skip(1));
    }

    [Fact]
    public async Task A_disk_that_is_full_while_the_server_is_down_ends_the_job_as_failure_with_the_reason()
    {
        Start();
        var log = Path.Combine(folder["work"], "executions", "1", "log");
        server.Enqueue(Job(1, $"- run: mkdir -p {log}; ln -s /dev/full {log}/1; echo ready; while ! test -e {folder["go"]}; do sleep 0.01; done; seq 200000; sleep 1000"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        server.Down = true;
        File.WriteAllText(folder["go"], "");
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(folder["work"], "executions", "1", "_temp")));
        server.Down = false;
        var end = await CompletedAsync(1);

        Assert.Equal(Conclusion.Failure, end.Conclusion);
        Assert.Contains("No space left on device", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Steps_that_run_at_the_same_time_have_logs_of_their_own_and_say_their_group()
    {
        Start();
        server.Enqueue(Job(1, """
            - run: mkfifo one two
            - parallel:
                - { name: A, run: cat one; echo from B > two; seq 20000 }
                - { name: B, run: echo from A > one; cat two; seq 20000 }
            - { name: Server, id: server, background: true, run: sleep 1000 }
            - { name: Stop, cancel: server }
            """));
        var end = await CompletedAsync(1);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        var newest = server.Steps.Concat(end.Steps).GroupBy(step => step.Number).OrderBy(group => group.Key).Select(group => group.Last());
        Assert.Equal(
            ["1 completed success False", "2 completed success 1False", "3 completed success 1False", "4 completed cancelled True", "5 completed success False"],
            newest.Select(step => $"{step.Number} {step.Status.Name()} {step.Conclusion!.Value.Name()} {step.ParallelGroup}{step.Background}"));
        Assert.Equal(["from A", .. Enumerable.Range(1, 20000).Select(i => $"{i}")], Texts(1, 2).SkipWhile(text => text != "from A"));
        Assert.Equal(["from B", .. Enumerable.Range(1, 20000).Select(i => $"{i}")], Texts(1, 3).SkipWhile(text => text != "from B"));
    }

    [Fact]
    public async Task Appends_whose_answer_was_lost_are_neither_doubled_nor_dropped()
    {
        server.LoseEveryNthAppendAnswer = 2;
        Start();
        server.Enqueue(Job(1, "- run: for i in $(seq 40); do seq $((i*100)) $((i*100+99)); sleep 0.01; done"));
        await CompletedAsync(1);

        Assert.Equal(Enumerable.Range(100, 4000).Select(i => $"{i}"), Texts(1).SkipWhile(t => t != "100"));
    }

    [Fact]
    public async Task A_cancellation_comes_with_the_renewal_and_ends_the_job_in_order()
    {
        Start();
        server.Enqueue(Job(1, "- run: trap 'echo tidy; exit 1' INT; sleep 1000 & echo ready; wait"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        server.Cancel(1);
        var end = await CompletedAsync(1);

        Assert.Equal(Conclusion.Cancelled, end.Conclusion);
        Assert.Equal("a person asked", end.Reason);
        Assert.Contains(" tidy\n", server.LogOf(1, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_execution_is_killed_at_once_and_nothing_more_is_said_about_it()
    {
        Start();
        server.Enqueue(Job(1, $"- run: trap '' INT TERM; echo $$ > {folder["pid"]}; while true; do sleep 0.02; done\n- if: always()\n  run: touch {folder["never"]}"));
        await Eventually.TrueAsync(() => File.Exists(folder["pid"]) && File.ReadAllText(folder["pid"]).Length > 0);
        server.Lose(1);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{File.ReadAllText(folder["pid"]).Trim()}"));
        server.Enqueue(Job(2, "- run: 'true'"));
        await CompletedAsync(2);

        Assert.False(server.Completed.ContainsKey(1));
        Assert.False(File.Exists(folder["never"]));
    }

    [Fact]
    public async Task Draining_lets_running_jobs_end_and_takes_no_new_ones()
    {
        Start(slots: 2);
        server.Enqueue(Job(1, $"- run: echo ready; while ! test -e {folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        await drain.CancelAsync();
        server.Enqueue(Job(2, "- run: 'true'"));
        Assert.False(agent.IsCompleted);
        File.WriteAllText(folder["go"], "");

        Assert.Equal(RunnerAgentEnd.Drained, await agent.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.Equal([1L], server.Completed.Keys);
    }

    [Fact]
    public async Task The_second_signal_cancels_running_jobs()
    {
        Start();
        server.Enqueue(Job(1, "- run: echo ready; sleep 1000"));
        await Eventually.TrueAsync(() => server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        await drain.CancelAsync();
        await cancelJobs.CancelAsync();

        Assert.Equal(RunnerAgentEnd.Drained, await agent.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.Equal(Conclusion.Cancelled, server.Completed[1].Conclusion);
    }

    [Fact]
    public async Task As_many_jobs_run_at_once_as_there_are_slots()
    {
        Start(slots: 3);
        for (var i = 1; i <= 4; i++) server.Enqueue(Job(i, $"- run: touch {folder["at"]}-{i}; while ! test -e {folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => Directory.GetFiles(folder.Path, "at-*").Length == 3);
        File.WriteAllText(folder["go"], "");
        foreach (var i in new[] { 1, 2, 3, 4 }) await CompletedAsync(i);

        Assert.True(File.Exists($"{folder["at"]}-4"));
    }

    [Fact]
    public async Task An_unsupported_version_ends_the_agent_and_keeps_the_registration()
    {
        server.RefuseVersion = true;
        Start();

        Assert.Equal(RunnerAgentEnd.VersionUnsupported, await agent.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.NotNull(RunnerRegistration.Read(folder["registration.json"]));
    }

    [Fact]
    public async Task An_unknown_credential_ends_the_agent()
    {
        server.RefuseCredential = true;
        Start();

        Assert.Equal(RunnerAgentEnd.NotRegistered, await agent.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
    }

    [Fact]
    public async Task Without_a_registration_the_agent_says_so()
    {
        Assert.Equal(RunnerAgentEnd.NoRegistration, await RunnerAgent.RunAsync(Settings(1), drain.Token));
    }

    [Fact]
    public async Task A_job_that_the_runner_cannot_handle_ends_as_failure_and_is_renewed_no_more()
    {
        Start();
        server.Enqueue(Job(1, "- uses: \"./a\\0b\""));

        Assert.Equal(Conclusion.Failure, (await CompletedAsync(1)).Conclusion);
    }

    [Fact]
    public void The_registration_file_is_readable_by_its_owner_only()
    {
        new RunnerRegistration("http://x", 1, "r", "c").Write(folder["registration.json"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["registration.json"]));
    }

    [Fact]
    public async Task A_second_agent_on_the_same_folder_is_refused()
    {
        Start();
        await Eventually.TrueAsync(() => !server.Heartbeats.IsEmpty);

        Assert.Equal(RunnerAgentEnd.FolderInUse, await RunnerAgent.RunAsync(Settings(1), drain.Token));
    }

    [Fact]
    public async Task Processes_and_folders_of_a_killed_agent_are_gone_when_the_next_one_starts()
    {
        var left = Directory.CreateDirectory(Path.Combine(folder["work"], "executions", "99", "_temp")).FullName;
        using var orphan = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { UseShellExecute = false, Environment = { ["RUNNER_TEMP"] = left } })!;
        Start();

        await orphan.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        await Eventually.TrueAsync(() => !Directory.Exists(left));
    }

    private void Start(int slots = 1, TimeProvider? clock = null)
    {
        new RunnerRegistration(server.Url, 3, "runner-3", "the-credential").Write(folder["registration.json"]);
        agent = RunnerAgent.RunAsync(Settings(slots, clock), drain.Token);
    }

    private RunnerAgentSettings Settings(int slots, TimeProvider? clock = null) => new()
    {
        RegistrationFile = folder["registration.json"],
        WorkFolder = folder["work"],
        Slots = slots,
        BaseEnvironment = BaseEnvironment.FromThisProcess(),
        Clock = clock ?? TimeProvider.System,
        Report = line =>
        {
            lock (reported) reported.AppendLine(line);
        },
        CancelJobs = cancelJobs.Token,
    };

    private JobMessage Job(long execution, string steps)
    {
        using var harness = new JobHarness();
        var yaml = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n" + string.Join('\n', steps.Split('\n').Select(line => "      " + line));
        return harness.Message(yaml) with { ExecutionId = execution, FencingToken = 40 + execution, ServerUrl = server.Url };
    }

    private async Task<CompleteRequest> CompletedAsync(long execution) =>
        await Eventually.NotNullAsync(() => Task.FromResult(server.Completed.GetValueOrDefault(execution)));

    private IEnumerable<string> Texts(long execution, int stream = 1) =>
        server.LogOf(execution, stream).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[29..]);
}
