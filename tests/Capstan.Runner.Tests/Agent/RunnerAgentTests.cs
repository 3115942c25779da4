using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Agent;

public sealed class RunnerAgentTests : IAsyncLifetime
{
    private readonly AgentHarness agent = new();

    public ValueTask InitializeAsync() => agent.InitializeAsync();

    public ValueTask DisposeAsync() => agent.DisposeAsync();

    [Fact]
    public async Task A_job_runs_and_its_steps_logs_and_outputs_arrive()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(7, "- id: a\n  run: echo hello; echo x=1 >> $GITHUB_OUTPUT"));
        var end = await agent.CompletedAsync(7);

        Assert.Equal(Conclusion.Success, end.Conclusion);
        Assert.Equal([7L], agent.Server.Started);
        Assert.Equal(Conclusion.Success, Assert.Single(end.Steps).Conclusion);
        Assert.Matches(new Regex(@"\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z hello\n", RegexOptions.None, TimeSpan.FromSeconds(1)), agent.Server.LogOf(7, 1));
        Assert.All(agent.Server.Versions, version => Assert.Equal("1", version));
        Assert.NotEmpty(agent.Server.Heartbeats);
        await Eventually.TrueAsync(() => !Directory.Exists(Path.Combine(agent.Folder["work"], "executions", "7")));
    }

    [Fact]
    public async Task No_process_is_started_before_the_server_knows_that_the_job_began()
    {
        agent.Server.HoldSteps = true;
        agent.Start();
        var mark = agent.Folder["mark"];
        agent.Server.Enqueue(agent.Job(1, $"- run: touch {mark}"));
        await Eventually.TrueAsync(() => Directory.Exists(Path.Combine(agent.Folder["work"], "executions", "1", "_temp")));
        Assert.False(File.Exists(mark));

        agent.Server.HoldSteps = false;
        await agent.CompletedAsync(1);
        Assert.True(File.Exists(mark));
    }

    [Fact]
    public async Task A_job_whose_actions_cannot_be_fetched_is_never_told_to_have_begun()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- uses: acme/nowhere@v1"));
        var end = await agent.CompletedAsync(1);

        Assert.Equal(Protocol.SetUpName, Assert.Single(end.Steps).Name);
        Assert.Empty(agent.Server.Started);
    }

    [Fact]
    public async Task The_next_job_waits_until_the_folder_of_the_one_before_is_gone()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: mkdir many; cd many; touch $(seq 20000)"));
        agent.Server.Enqueue(agent.Job(2, $"- run: test ! -e {agent.Folder["work"]}/executions/1"));

        Assert.Equal(Conclusion.Success, (await agent.CompletedAsync(2)).Conclusion);
    }

    [Fact]
    public async Task An_agent_that_takes_no_more_jobs_says_which_it_holds()
    {
        agent.Start(slots: 2);
        agent.Server.Enqueue(agent.Job(1, $"- run: echo ready; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        Assert.All(agent.Server.Heartbeats, heartbeat => Assert.Null(heartbeat.Holding));
        await agent.Drain.CancelAsync();

        await Eventually.TrueAsync(() => agent.Server.Heartbeats.Any(heartbeat => heartbeat.Holding is [1L]));
        File.WriteAllText(agent.Folder["go"], "");
        await agent.CompletedAsync(1);
    }

    [Fact]
    public async Task A_cancellation_comes_with_the_renewal_and_ends_the_job_in_order()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: trap 'echo tidy; exit 1' INT; sleep 1000 & echo ready; wait"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        agent.Server.Cancel(1);
        var end = await agent.CompletedAsync(1);

        Assert.Equal(Conclusion.Cancelled, end.Conclusion);
        Assert.Equal("a person asked", end.Reason);
        Assert.Contains(" tidy\n", agent.Server.LogOf(1, 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_execution_is_killed_at_once_and_nothing_more_is_said_about_it()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, $"- run: trap '' INT TERM; echo $$ > {agent.Folder["pid"]}; while true; do sleep 0.02; done\n- if: always()\n  run: touch {agent.Folder["never"]}"));
        await Eventually.TrueAsync(() => File.Exists(agent.Folder["pid"]) && File.ReadAllText(agent.Folder["pid"]).Length > 0);
        agent.Server.Lose(1);
        await Eventually.TrueAsync(() => !Directory.Exists($"/proc/{File.ReadAllText(agent.Folder["pid"]).Trim()}"));
        agent.Server.Enqueue(agent.Job(2, "- run: 'true'"));
        await agent.CompletedAsync(2);

        Assert.False(agent.Server.Completed.ContainsKey(1));
        Assert.False(File.Exists(agent.Folder["never"]));
    }

    [Fact]
    public async Task Draining_lets_running_jobs_end_and_takes_no_new_ones()
    {
        agent.Start(slots: 2);
        agent.Server.Enqueue(agent.Job(1, $"- run: echo ready; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        await agent.Drain.CancelAsync();
        agent.Server.Enqueue(agent.Job(2, "- run: 'true'"));
        Assert.False(agent.Ended.IsCompleted);
        File.WriteAllText(agent.Folder["go"], "");

        Assert.Equal(RunnerAgentEnd.Drained, await agent.Ended.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.Equal([1L], agent.Server.Completed.Keys);
    }

    [Fact]
    public async Task The_second_signal_cancels_running_jobs()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: echo ready; sleep 1000"));
        await Eventually.TrueAsync(() => agent.Server.LogOf(1, 1).Contains(" ready\n", StringComparison.Ordinal));
        await agent.Drain.CancelAsync();
        await agent.CancelJobs.CancelAsync();

        Assert.Equal(RunnerAgentEnd.Drained, await agent.Ended.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.Equal(Conclusion.Cancelled, agent.Server.Completed[1].Conclusion);
    }

    [Fact]
    public async Task As_many_jobs_run_at_once_as_there_are_slots()
    {
        agent.Start(slots: 3);
        for (var i = 1; i <= 4; i++) agent.Server.Enqueue(agent.Job(i, $"- run: touch {agent.Folder["at"]}-{i}; while ! test -e {agent.Folder["go"]}; do sleep 0.01; done"));
        await Eventually.TrueAsync(() => Directory.GetFiles(agent.Folder.Path, "at-*").Length == 3);
        File.WriteAllText(agent.Folder["go"], "");
        foreach (var i in new[] { 1, 2, 3, 4 }) await agent.CompletedAsync(i);

        Assert.True(File.Exists($"{agent.Folder["at"]}-4"));
    }

    [Fact]
    public async Task An_unsupported_version_ends_the_agent_and_keeps_the_registration()
    {
        agent.Server.RefuseVersion = true;
        agent.Start();

        Assert.Equal(RunnerAgentEnd.VersionUnsupported, await agent.Ended.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
        Assert.NotNull(RunnerRegistration.Read(agent.Folder["registration.json"]));
    }

    [Fact]
    public async Task An_unknown_credential_ends_the_agent()
    {
        agent.Server.RefuseCredential = true;
        agent.Start();

        Assert.Equal(RunnerAgentEnd.NotRegistered, await agent.Ended.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System));
    }

    [Fact]
    public async Task Without_a_registration_the_agent_says_so()
    {
        Assert.Equal(RunnerAgentEnd.NoRegistration, await RunnerAgent.RunAsync(agent.Settings(1), agent.Drain.Token));
    }

    [Fact]
    public async Task A_job_that_the_runner_cannot_handle_ends_as_failure_and_is_renewed_no_more()
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- uses: \"./a\\0b\""));

        Assert.Equal(Conclusion.Failure, (await agent.CompletedAsync(1)).Conclusion);
    }

    [Theory]
    [InlineData("""{"format":2}""", "The job's content has format 2; this program reads 1.")]
    [InlineData("""{"format":1}""", "The job's content cannot be read.")]
    public async Task A_job_whose_definition_cannot_be_read_ends_as_failure_with_the_reason(string definition, string reason)
    {
        agent.Start();
        agent.Server.Enqueue(agent.Job(1, "- run: echo") with { Definition = JsonDocument.Parse(definition).RootElement });

        var completed = await agent.CompletedAsync(1);

        Assert.Equal((Conclusion.Failure, "The runner could not execute the job: " + reason), (completed.Conclusion, completed.Reason));
    }

    [Fact]
    public void The_registration_file_is_readable_by_its_owner_only()
    {
        new RunnerRegistration("http://x", 1, "r", "c").Write(agent.Folder["registration.json"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(agent.Folder["registration.json"]));
    }

    [Fact]
    public async Task A_second_agent_on_the_same_folder_is_refused()
    {
        agent.Start();
        await Eventually.TrueAsync(() => !agent.Server.Heartbeats.IsEmpty);

        Assert.Equal(RunnerAgentEnd.FolderInUse, await RunnerAgent.RunAsync(agent.Settings(1), agent.Drain.Token));
    }

    [Fact]
    public async Task Processes_and_folders_of_a_killed_agent_are_gone_when_the_next_one_starts()
    {
        var left = Directory.CreateDirectory(Path.Combine(agent.Folder["work"], "executions", "99", "_temp")).FullName;
        using var orphan = Process.Start(new ProcessStartInfo("sleep", ["1000"]) { UseShellExecute = false, Environment = { ["RUNNER_TEMP"] = left } })!;
        agent.Start();

        await orphan.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        await Eventually.TrueAsync(() => !Directory.Exists(left));
    }
}
