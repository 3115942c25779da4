using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

public sealed class WaitingPollsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_waiting_poll_gets_a_job_when_it_is_queued()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var runner = await world.RunnerAsync();
        var poll = world.Server.Get<WaitingPolls>().ClaimAsync(runner, 0, Long, default);

        await world.RunAsync(JobWorld.OneJob);

        Assert.Equal(runner, (await poll.WaitAsync(Long))!.Runner);
    }

    [Fact]
    public async Task The_least_loaded_of_the_waiting_runners_is_served_first()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var polls = world.Server.Get<WaitingPolls>();
        var busy = await world.RunnerAsync(slots: 4);
        var idle = await world.RunnerAsync(slots: 4);
        var busyPoll = polls.ClaimAsync(busy, 3, Long, default);
        var idlePoll = polls.ClaimAsync(idle, 0, Long, default);

        await world.RunAsync(JobWorld.OneJob);

        Assert.Same(idlePoll, await Task.WhenAny(busyPoll, idlePoll).WaitAsync(Long));
        await world.RunAsync(JobWorld.OneJob);
        Assert.Equal(busy, (await busyPoll.WaitAsync(Long))!.Runner);
    }

    [Fact]
    public async Task A_poll_that_leaves_before_it_is_served_takes_nothing_with_it()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var polls = world.Server.Get<WaitingPolls>();
        var runner = await world.RunnerAsync();
        using var gone = new CancellationTokenSource();
        var poll = polls.ClaimAsync(runner, 0, Long, gone.Token);
        await gone.CancelAsync();
        Assert.Null(await poll);

        await world.RunAsync(JobWorld.OneJob);

        Assert.NotNull(await polls.ClaimAsync(runner, 0, Long, default));
    }

    [Fact]
    public async Task A_poll_without_work_ends_with_nothing()
    {
        await using var world = await JobWorld.StartAsync();

        Assert.Null(await world.Server.Get<WaitingPolls>().ClaimAsync(await world.RunnerAsync(), 0, TimeSpan.FromMilliseconds(1), default));
    }

    [Fact]
    public async Task Polls_of_different_labels_are_all_served_from_a_mixed_queue()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var polls = world.Server.Get<WaitingPolls>();
        var waiting = new List<Task<Claim?>>();
        foreach (var labels in new[] { "linux", "linux gpu", "arm64 linux" })
        {
            for (var n = 0; n < 5; n++)
            {
                waiting.Add(polls.ClaimAsync(await world.RunnerAsync(labels.Split(' ')), 0, Long, default));
            }
        }

        await world.RunAsync("on: push\njobs:\n"
            + "  a: { runs-on: [linux, gpu], strategy: { matrix: { n: [1,2,3,4,5] } }, steps: [{ run: a }] }\n"
            + "  b: { runs-on: [linux, arm64], strategy: { matrix: { n: [1,2,3,4,5] } }, steps: [{ run: a }] }\n");
        await Eventually.TrueAsync(() => waiting.Count(w => w.IsCompleted) == 10);
        await world.RunAsync("on: push\njobs:\n  c: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5] } }, steps: [{ run: a }] }\n");

        var claims = await Task.WhenAll(waiting).WaitAsync(Long);
        Assert.All(claims, claim => Assert.NotNull(claim));
    }

    [Fact]
    public async Task Two_servers_on_one_database_never_give_a_job_twice()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        await using var other = await CapstanServer.StartAsync(new ServerOptions
        {
            Urls = ["http://127.0.0.1:0"],
            DataFolder = world.Server.DataFolder,
            DatabaseConnection = world.Server.ConnectionString,
        });
        var servers = new[] { world.Server.Get<WaitingPolls>(), (WaitingPolls)other.Services.GetService(typeof(WaitingPolls))! };
        var waiting = new List<Task<Claim?>>();
        for (var n = 0; n < 40; n++)
        {
            waiting.Add(servers[n % 2].ClaimAsync(await world.RunnerAsync(), 0, Long, default));
        }

        for (var run = 0; run < 4; run++)
        {
            await world.RunAsync("on: push\njobs:\n  c: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5,6,7,8,9,10] } }, steps: [{ run: a }] }\n");
        }

        var claims = await Task.WhenAll(waiting).WaitAsync(Long);
        Assert.Equal(40, claims.Select(c => c!.Execution).Distinct().Count());
    }

    [Fact]
    public async Task More_jobs_than_one_look_shows_are_all_given_away_while_polls_keep_coming()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var polls = world.Server.Get<WaitingPolls>();
        for (var run = 0; run < 3; run++)
        {
            await world.RunAsync(
                $"on: push\njobs:\n  c: {{ runs-on: \"${{{{ matrix.l }}}}\", strategy: {{ matrix: {{ l: [a, b, c, d], n: [{string.Join(',', Enumerable.Range(0, 50))}] }} }}, steps: [{{ run: a }}] }}\n");
        }

        var runners = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => world.RunnerAsync([((char)('a' + (n % 4))).ToString()], slots: 100)));
        var claims = (await Task.WhenAll(runners.Select(async runner =>
        {
            var mine = new List<Claim>();
            while (mine.Count < 15)
            {
                mine.Add((await polls.ClaimAsync(runner, mine.Count, Long))!);
            }

            return mine;
        }))).SelectMany(mine => mine).ToList();

        Assert.Equal(600, claims.Select(c => c.Execution).Distinct().Count());
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from actions_job_executions where status = 'queued'"));
    }

    [Fact]
    public async Task While_many_are_served_one_after_the_other_a_look_at_the_queue_does_for_those_of_a_moment()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync(slots: 100);
        var other = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "other"));
        var clock = new FakeClock();
        var round = new ClaimRound(world.Queue, world.Server.Get<RunnerProfiles>(), clock);
        await world.RunAsync($"on: push\njobs:\n  c: {{ runs-on: linux, strategy: {{ matrix: {{ n: [{string.Join(',', Enumerable.Range(0, 50))}] }} }}, steps: [{{ run: a }}] }}\n");
        for (var served = 0; served <= ClaimRound.ManyServed; served++)
        {
            Assert.Single(await world.RoundAsync(round, queueHasChanged: false, runner));
        }

        // It would come first, because its repository has nothing running.
        var late = await world.RunAsync(JobWorld.OneJob, repository: other);

        Assert.NotEqual(late.Id, Assert.Single(await world.RoundAsync(round, queueHasChanged: false, runner)).Job.Run);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(late.Id, Assert.Single(await world.RoundAsync(round, queueHasChanged: false, runner)).Job.Run);
    }

    [Fact]
    public async Task A_runner_that_was_paused_while_it_waits_does_not_stand_before_others()
    {
        await using var world = await JobWorld.StartAsync();
        var polls = world.Server.Get<WaitingPolls>();
        var paused = await world.RunnerAsync();
        var working = await world.RunnerAsync();
        using var end = new CancellationTokenSource();
        var pausedPoll = polls.ClaimAsync(paused, 0, Long, end.Token);
        await Eventually.TrueAsync(() => polls.Count == 1);
        var workingPoll = polls.ClaimAsync(working, 1, Long);
        await Eventually.TrueAsync(() => polls.Count == 2);
        await world.ScalarAsync<long>("update actions_runners set paused_at = last_heartbeat_at where id = @Id returning id", new { Id = paused.Value });
        await world.RunAsync(JobWorld.OneJob);

        polls.ServeSoon();

        Assert.Equal(working, (await workingPoll.WaitAsync(Long))!.Runner);
        await end.CancelAsync();
        Assert.Null(await pausedPoll);
    }
}
