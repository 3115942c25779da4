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
        var poll = world.Server.Get<WaitingPolls>().WaitAsync(runner, 0, Long, default);

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
        var busyPoll = polls.WaitAsync(busy, 3, Long, default);
        var idlePoll = polls.WaitAsync(idle, 0, Long, default);

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
        var poll = polls.WaitAsync(runner, 0, Long, gone.Token);
        await gone.CancelAsync();
        Assert.Null(await poll);

        await world.RunAsync(JobWorld.OneJob);

        Assert.NotNull(await polls.WaitAsync(runner, 0, Long, default));
    }

    [Fact]
    public async Task A_poll_without_work_ends_with_nothing()
    {
        await using var world = await JobWorld.StartAsync();

        Assert.Null(await world.Server.Get<WaitingPolls>().WaitAsync(await world.RunnerAsync(), 0, TimeSpan.FromMilliseconds(1), default));
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
                waiting.Add(polls.WaitAsync(await world.RunnerAsync(labels.Split(' ')), 0, Long, default));
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
            waiting.Add(servers[n % 2].WaitAsync(await world.RunnerAsync(), 0, Long, default));
        }

        for (var run = 0; run < 4; run++)
        {
            await world.RunAsync("on: push\njobs:\n  c: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5,6,7,8,9,10] } }, steps: [{ run: a }] }\n");
        }

        var claims = await Task.WhenAll(waiting).WaitAsync(Long);
        Assert.Equal(40, claims.Select(c => c!.Execution).Distinct().Count());
    }
}
