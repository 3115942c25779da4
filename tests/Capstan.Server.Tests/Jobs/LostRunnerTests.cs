using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>What becomes of an execution when nobody says anything any more: its runner is gone, its claim was never received, or the database was away.</summary>
public sealed class LostRunnerTests
{
    [Fact]
    public async Task A_runner_lost_before_the_first_step_loses_its_job_to_another()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        var lost = await world.ClaimedAsync(runner);

        await ExpireAsync(world, clock);

        Assert.Equal("build=queued", await world.JobsAsync(run));
        Assert.Equal("runner lost", await world.ScalarAsync<string>("select reason from actions_job_executions where number = 1"));
        Assert.IsType<CompleteResult.Lost>(await world.EndAsync(lost));
        Assert.IsType<RenewResult.Lost>(await world.Leases.RenewAsync(lost, TimeSpan.Zero, default));
        await world.ScalarAsync<long>("update actions_runners set last_heartbeat_at = @Now returning id", new { Now = clock.GetUtcNow() });
        var second = await world.ClaimedAsync(runner);
        Assert.True(second.FencingToken > lost.FencingToken);
        await world.EndAsync(second);
        Assert.Equal("completed/success", await world.RunStateAsync(run));
    }

    [Fact]
    public async Task A_runner_lost_after_the_first_step_fails_its_job()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var lost = await world.ClaimedAsync(await world.RunnerAsync());
        await world.StartFirstStepAsync(lost);

        await ExpireAsync(world, clock);

        Assert.Equal("build=failure", await world.JobsAsync(run));
        Assert.Equal("runner lost", await world.ScalarAsync<string>("select reason from actions_jobs"));
        Assert.Equal("completed/failure", await world.RunStateAsync(run));
        Assert.Equal("completed", await world.ScalarAsync<string>("select status from actions_steps"));
        Assert.IsType<CompleteResult.Lost>(await world.EndAsync(lost));
        Assert.Equal("build=failure", await world.JobsAsync(run));
    }

    [Theory]
    [InlineData(1, Protocol.SetUpName, Status.InProgress, "build=queued")]
    [InlineData(1, Protocol.SetUpName, Status.Completed, "build=queued")]
    [InlineData(1, "Run echo hello", Status.InProgress, "build=failure")]
    [InlineData(2, Protocol.SetUpName, Status.InProgress, "build=failure")]
    public async Task The_set_up_of_a_job_is_no_start_of_it(int number, string name, Status status, string afterLoss)
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var lost = await world.ClaimedAsync(await world.RunnerAsync());
        await world.Server.Get<StepReports>().StoreAsync(
            lost, new StepsRequest([new StepReport(number, name, status, null, null, clock.GetUtcNow(), null)], []), default);

        await ExpireAsync(world, clock);

        Assert.Equal(afterLoss, await world.JobsAsync(run));
    }

    [Fact]
    public async Task A_job_that_loses_runner_after_runner_is_given_up()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        for (var dispatch = 0; dispatch < LostExecutions.MaxDispatches; dispatch++)
        {
            await world.ScalarAsync<long>("update actions_runners set last_heartbeat_at = @Now returning id", new { Now = clock.GetUtcNow() });
            Assert.NotNull(await world.ClaimAsync(runner));
            await ExpireAsync(world, clock);
        }

        Assert.Equal("completed/failure", await world.RunStateAsync(run));
        Assert.Equal(LostExecutions.MaxDispatches, await world.ScalarAsync<long>("select count(*) from actions_job_executions"));
    }

    [Fact]
    public async Task A_cancelled_job_whose_runner_is_lost_is_cancelled()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        await world.ClaimedAsync(await world.RunnerAsync());
        await world.Server.Get<Capstan.Server.Runs.RunCancellation>().CancelAsync(run.Id, "enough", null, _ => Task.CompletedTask, default);

        await ExpireAsync(world, clock);

        Assert.Equal("completed/cancelled", await world.RunStateAsync(run));
    }

    [Fact]
    public async Task Nothing_expires_within_a_lease_length_of_the_servers_start_or_of_the_databases_return()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());

        // The server stood still: no heartbeat for much longer than a lease.
        clock.Advance(TimeSpan.FromMinutes(10));
        await world.Server.Get<ServerHeartbeat>().RunOnceAsync(default);
        await world.Server.Get<LeaseExpiry>().RunOnceAsync(default);

        Assert.Equal("build=in_progress", await world.JobsAsync(run));

        // The lease has run out, but nobody has ended the execution: it is its runner's still.
        Assert.IsType<RenewResult.Renewed>(await world.Leases.RenewAsync(key, TimeSpan.Zero, default));
        await BeatAsync(world, clock, TimeSpan.FromSeconds(55));
        await world.Server.Get<LeaseExpiry>().RunOnceAsync(default);
        Assert.Equal("build=in_progress", await world.JobsAsync(run));
        await world.EndAsync(key);
        Assert.Equal("completed/success", await world.RunStateAsync(run));
    }

    [Fact]
    public async Task Servers_that_settle_the_same_lost_runner_at_once_settle_it_once()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        await world.RunAsync("on: push\njobs:\n  a: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5,6,7,8] } }, steps: [{ run: a }] }\n");
        var runner = await world.RunnerAsync();
        for (var job = 0; job < 8; job++)
        {
            await world.ClaimedAsync(runner);
        }

        await BeatAsync(world, clock, TimeSpan.FromSeconds(130));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Server.Get<LeaseExpiry>().RunOnceAsync(default)));

        Assert.Equal(8, await world.ScalarAsync<long>("select count(*) from actions_job_executions where status = 'queued' and number = 2"));
        Assert.Equal(16, await world.ScalarAsync<long>("select count(*) from actions_job_executions"));
    }

    [Fact]
    public async Task A_claim_that_never_reached_its_runner_is_given_to_another_at_once()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var claim = (await world.ClaimAsync(await world.RunnerAsync()))!;

        await world.Server.Get<LostExecutions>().GiveBackAsync(claim.Key, default);
        await world.Server.Get<LostExecutions>().GiveBackAsync(claim.Key, default);

        Assert.Equal("build=queued", await world.JobsAsync(run));
        Assert.Equal(2, await world.ScalarAsync<long>("select count(*) from actions_job_executions"));
    }

    [Fact]
    public async Task Claims_that_no_runner_received_do_not_count_as_lost_runners()
    {
        var clock = new FakeClock();
        await using var world = await JobWorld.StartAsync(o => o with { TimeProvider = clock });
        var run = await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        for (var dispatch = 0; dispatch <= LostExecutions.MaxDispatches; dispatch++)
        {
            await world.Server.Get<LostExecutions>().GiveBackAsync(await world.ClaimedAsync(runner), default);
            Assert.Equal("build=queued", await world.JobsAsync(run));
        }

        for (var dispatch = 1; dispatch <= LostExecutions.MaxDispatches; dispatch++)
        {
            Assert.Equal("build=queued", await world.JobsAsync(run));
            await world.ScalarAsync<long>("update actions_runners set last_heartbeat_at = @Now returning id", new { Now = clock.GetUtcNow() });
            Assert.NotNull(await world.ClaimAsync(runner));
            await ExpireAsync(world, clock);
        }

        Assert.Equal("build=failure", await world.JobsAsync(run));
        Assert.Equal(LostExecutions.Reason, await world.ScalarAsync<string>("select reason from actions_jobs"));
    }

    [Fact]
    public async Task A_claim_whose_steps_have_begun_is_not_given_back()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        await world.StartFirstStepAsync(key);

        await world.Server.Get<LostExecutions>().GiveBackAsync(key, default);

        Assert.Equal("build=in_progress", await world.JobsAsync(run));
        Assert.IsType<CompleteResult.Done>(await world.EndAsync(key));
    }

    [Fact]
    public async Task After_the_database_was_away_everything_goes_on()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var run = await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        var key = await world.ClaimedAsync(runner);
        var poll = world.Server.Get<WaitingPolls>().ClaimAsync(runner, 0, TimeSpan.FromSeconds(30), default);
        await world.Server.CutDatabaseConnectionsAsync();

        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await world.EndAsync(key) is CompleteResult.Done;
            }
            catch (Npgsql.NpgsqlException)
            {
                return false;
            }
        });
        await Eventually.TrueAsync(world.DatabaseWorksAsync);
        Assert.Equal("completed/success", await world.RunStateAsync(run));

        // The poll that waited through it is served.
        await world.RunAsync(JobWorld.OneJob);
        Assert.NotNull(await poll.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static async Task ExpireAsync(JobWorld world, FakeClock clock)
    {
        await BeatAsync(world, clock, TimeSpan.FromSeconds(130));
        await world.Server.Get<LeaseExpiry>().RunOnceAsync(default);
    }

    /// <summary>Time passes while the server lives.</summary>
    private static async Task BeatAsync(JobWorld world, FakeClock clock, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(5))
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await world.Server.Get<ServerHeartbeat>().RunOnceAsync(default);
        }
    }
}
