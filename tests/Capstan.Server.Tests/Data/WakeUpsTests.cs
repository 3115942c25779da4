using System.Diagnostics;
using Capstan.Server.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Capstan.Server.Tests.Data;

public sealed class WakeUpsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_signal_between_look_and_wait_is_not_lost()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var wakeUps = Create(server);
        using var waiter = wakeUps.Subscribe("queue");
        wakeUps.Signal("queue");
        Assert.True(await waiter.WaitAsync(Long, default));
    }

    [Fact]
    public async Task A_signal_wakes_only_those_of_its_channel()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var wakeUps = Create(server);
        using var waiter = wakeUps.Subscribe("run:1");
        wakeUps.Signal("run:2");
        Assert.False(await waiter.WaitAsync(TimeSpan.FromMilliseconds(20), default));
    }

    [Fact]
    public async Task Without_a_signal_a_waiter_looks_again_after_two_seconds()
    {
        await using var server = await ServerDatabase.CreateAsync();
        var clock = new Testing.FakeClock();
        await using var wakeUps = new WakeUps(server.Database, clock, NullLogger<WakeUps>.Instance);
        var waiting = wakeUps.WaitAsync("queue", Long, default);
        clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }

    [Fact]
    public async Task A_signal_reaches_the_waiters_of_another_server_also_after_its_connections_were_cut()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var here = Create(server);
        await using var there = Create(server);
        here.Start();
        there.Start();
        await AssertReachesAsync(here, there);
        await server.CutConnectionsAsync();
        await AssertReachesAsync(here, there);
    }

    [Fact]
    public async Task More_channels_than_one_notification_holds_all_arrive()
    {
        await using var server = await ServerDatabase.CreateAsync();
        await using var here = Create(server);
        await using var there = Create(server);
        here.Start();
        there.Start();
        await AssertReachesAsync(here, there);
        var waiters = Enumerable.Range(0, 1000).Select(i => there.Subscribe($"execution:{i}")).ToList();
        for (var i = 0; i < waiters.Count; i++)
            here.Signal($"execution:{i}");
        foreach (var waiter in waiters)
            Assert.True(await WaitAsync(waiter));
        waiters.ForEach(waiter => waiter.Dispose());
    }

    private static WakeUps Create(ServerDatabase server) => new(server.Database, TimeProvider.System, NullLogger<WakeUps>.Instance);

    // The listener may still be connecting: the signal is repeated until one arrives.
    private static async Task AssertReachesAsync(WakeUps here, WakeUps there)
    {
        using var waiter = there.Subscribe("queue");
        await Testing.Eventually.TrueAsync(async () =>
        {
            here.Signal("queue");
            return await waiter.WaitAsync(TimeSpan.FromMilliseconds(50), default);
        });
    }

    private static async Task<bool> WaitAsync(WakeUp waiter)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20))
        {
            if (await waiter.WaitAsync(Long, default))
                return true;
        }

        return false;
    }
}
