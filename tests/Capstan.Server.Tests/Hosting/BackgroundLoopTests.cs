using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Tests.Data;
using Capstan.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

public sealed class BackgroundLoopTests
{
    [Fact]
    public async Task A_round_that_throws_does_not_end_the_loop()
    {
        await using var server = await ServerDatabase.CreateAsync();
        var clock = new FakeClock();
        await using var wakeUps = new WakeUps(server.Database, clock, NullLogger<WakeUps>.Instance);
        var loop = new CountingLoop(clock, wakeUps) { Fails = true };
        await using var loops = new BackgroundLoops([loop]);
        loops.Start();
        for (var rounds = 1; rounds <= 3; rounds++)
        {
            await Eventually.TrueAsync(() => loop.Rounds == rounds && clock.WaitingTimers > 0);
            clock.Advance(TimeSpan.FromSeconds(15));
        }
    }

    [Fact]
    public async Task A_signal_starts_a_round_before_the_interval_is_over()
    {
        await using var server = await ServerDatabase.CreateAsync();
        var clock = new FakeClock();
        await using var wakeUps = new WakeUps(server.Database, clock, NullLogger<WakeUps>.Instance);
        var loop = new CountingLoop(clock, wakeUps);
        await using var loops = new BackgroundLoops([loop]);
        loops.Start();
        await Eventually.TrueAsync(() => loop.Rounds == 1);
        wakeUps.Signal("counting");
        await Eventually.TrueAsync(() => loop.Rounds == 2);
    }

    private sealed class CountingLoop(TimeProvider clock, WakeUps wakeUps) : BackgroundLoop(clock, wakeUps, NullLogger.Instance)
    {
        private int rounds;

        public int Rounds => Volatile.Read(ref rounds);

        public bool Fails { get; init; }

        protected override TimeSpan Interval => TimeSpan.FromHours(1);

        protected override string? WakeUpChannel => "counting";

        public override Task RunOnceAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref rounds);
            return Fails ? throw new InvalidOperationException("on purpose") : Task.CompletedTask;
        }
    }
}
