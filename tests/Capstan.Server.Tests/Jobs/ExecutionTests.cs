using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>The life of an execution: what its runner says, what comes late, and what is refused.</summary>
public sealed class ExecutionTests
{
    [Fact]
    public async Task Completing_twice_is_completing_once()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => world.EndAsync(key)));

        Assert.All(results, r => Assert.IsType<CompleteResult.Done>(r));
        Assert.IsType<CompleteResult.Done>(await world.EndAsync(key, Conclusion.Failure));
        Assert.Equal("completed/success", await world.RunStateAsync(run));
        Assert.Equal(1, await world.ScalarAsync<int>("select succeeded_nodes from actions_run_attempts"));
    }

    [Fact]
    public async Task A_message_with_another_token_or_from_another_runner_changes_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var before = await RowsAsync(world);

        foreach (var stale in new[] { key with { FencingToken = key.FencingToken - 1 }, key with { Runner = await world.RunnerAsync() }, key with { Execution = new(999_999) } })
        {
            Assert.IsType<CompleteResult.Lost>(await world.EndAsync(stale));
            Assert.IsType<RenewResult.Lost>(await world.Leases.RenewAsync(stale, TimeSpan.Zero, default));
            Assert.False(await world.StartFirstStepAsync(stale));
        }

        Assert.Equal(before, await RowsAsync(world));
        Assert.Equal("in_progress/", await world.RunStateAsync(run));
    }

    [Fact]
    public async Task Outputs_over_the_limit_fail_the_job_and_say_so()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());

        await world.EndAsync(key, Conclusion.Success, ("a", new string('x', Completion.MaxOutputChars)), ("b", new string('x', 1024)));

        Assert.Equal("completed/failure", await world.RunStateAsync(run));
        const string Why = "The outputs of a job may have 1024k together; this job has 1025k.";
        Assert.Equal(Why, await world.ScalarAsync<string>("select reason from actions_jobs"));
        Assert.Equal("failure " + Why, await world.ScalarAsync<string>("select level || ' ' || message from actions_annotations"));
        Assert.Equal("{}", await world.ScalarAsync<string>("select outputs::text from actions_jobs"));
    }

    [Fact]
    public async Task Outputs_of_exactly_the_limit_are_kept()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        await world.EndAsync(await world.ClaimedAsync(await world.RunnerAsync()), Conclusion.Success, ("a", new string('x', Completion.MaxOutputChars)));

        Assert.Equal("completed/success", await world.RunStateAsync(run));
        Assert.Equal(Completion.MaxOutputChars, await world.ScalarAsync<int>("select length(outputs->>'a') from actions_jobs"));
    }

    [Fact]
    public async Task A_job_that_was_said_to_have_begun_is_not_given_to_another_runner()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        var key = await world.ClaimedAsync(runner);
        Assert.True(await world.Server.Get<StepReports>().StoreAsync(key, new StepsRequest([], [], Started: true), default));

        await world.Server.Get<LostExecutions>().GiveBackAllButAsync(runner, [], default);

        Assert.Equal("build=in_progress", await world.JobsAsync(run));
    }

    [Fact]
    public async Task What_a_leaving_runner_never_got_is_queued_again_and_what_it_holds_is_not()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync("on: push\njobs:\n  a: {runs-on: linux, steps: [run: x]}\n  b: {runs-on: linux, steps: [run: x]}\n");
        var runner = await world.RunnerAsync(slots: 2);
        var held = await world.ClaimedAsync(runner);
        var unknown = await world.ClaimedAsync(runner);

        await world.Server.Get<LostExecutions>().GiveBackAllButAsync(runner, [held.Execution.Value], default);

        Assert.Equal("a=in_progress b=queued", await world.JobsAsync(run));
        Assert.IsType<CompleteResult.Lost>(await world.EndAsync(unknown));
        Assert.IsType<CompleteResult.Done>(await world.EndAsync(held));
    }

    [Fact]
    public async Task Steps_are_stored_in_any_order_and_never_go_back()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var reports = world.Server.Get<StepReports>();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var ended = new StepReport(1, "bad \0 name", Status.Completed, Conclusion.Success, Conclusion.Failure, start, start.AddSeconds(1));
        var annotation = new Annotation(1, 1, "failure", "wrong", null, "a.cs", 3, null, null, null);

        Assert.True(await reports.StoreAsync(key, new StepsRequest([ended], [annotation]), default));
        Assert.True(await reports.StoreAsync(key, new StepsRequest([new StepReport(1, "step", Status.InProgress, null, null, start, null)], [annotation]), default));

        Assert.Equal("1 bad  name completed success failure", await world.ScalarAsync<string>("select number || ' ' || name || ' ' || status || ' ' || conclusion || ' ' || outcome from actions_steps"));
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from actions_annotations"));
    }

    [Fact]
    public async Task A_step_that_was_skipped_is_stored_beside_one_that_began()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var skipped = new StepReport(1, "A", Status.Completed, Conclusion.Skipped, Conclusion.Skipped, StartedAt: null, at);

        Assert.True(await world.Server.Get<StepReports>().StoreAsync(key, new StepsRequest([skipped, new StepReport(2, "B", Status.InProgress, null, null, at, null)], []), default));

        Assert.Equal("A completed, B in_progress", await world.ScalarAsync<string>("select string_agg(name || ' ' || status, ', ' order by number) from actions_steps"));
    }

    [Fact]
    public async Task A_step_of_a_parallel_group_waits_for_its_turn_runs_and_ends_beside_others()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var reports = world.Server.Get<StepReports>();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var waiting = new StepReport(2, "B", Status.Pending, null, null, null, null, "1");
        var first = new StepReport(1, "A", Status.InProgress, null, null, start, null, "1");

        await reports.StoreAsync(key, new StepsRequest([waiting, first], []), default);
        Assert.Equal("A in_progress 1, B pending 1", await StepsAsync());

        await reports.StoreAsync(key, new StepsRequest([waiting with { Status = Status.InProgress, StartedAt = start }], []), default);
        Assert.Equal("A in_progress 1, B in_progress 1", await StepsAsync());

        await reports.StoreAsync(key, new StepsRequest([waiting with { Status = Status.Completed, Conclusion = Conclusion.Cancelled, Outcome = Conclusion.Cancelled, CompletedAt = start }], []), default);
        Assert.Equal("A in_progress 1, B completed 1", await StepsAsync());

        Task<string?> StepsAsync() => world.ScalarAsync<string?>("select string_agg(name || ' ' || status || ' ' || parallel_group, ', ' order by number) from actions_steps");
    }

    [Theory]
    [InlineData(Conclusion.Neutral)]
    [InlineData(Conclusion.ActionRequired)]
    [InlineData(Conclusion.StartupFailure)]
    public async Task An_end_that_no_job_can_have_is_a_failure(Conclusion conclusion)
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        await world.EndAsync(await world.ClaimedAsync(await world.RunnerAsync()), conclusion);
        Assert.Equal("completed/failure", await world.RunStateAsync(run));
        Assert.Equal("failure", await world.ScalarAsync<string>("select conclusion from actions_jobs where run_id = @Id", new { Id = run.Id.Value }));
    }

    [Fact]
    public async Task A_cancellation_reaches_the_runner_that_waits_for_it()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var waiting = world.Leases.RenewAsync(key, TimeSpan.FromSeconds(20), default);

        await world.Server.Get<Capstan.Server.Runs.RunCancellation>().CancelAsync(run.Id, "enough", null, _ => Task.CompletedTask, default);

        Assert.Equal(new RenewResult.Renewed(true, "enough"), await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private static async Task<string> RowsAsync(JobWorld world) =>
        await world.ScalarAsync<string>("select (select array_agg(e::text) from actions_job_executions e)::text || (select array_agg(j::text) from actions_jobs j)::text || (select count(*) from actions_steps)");
}
