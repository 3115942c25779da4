using Capstan.Cli.LocalRuns;
using Capstan.Testing;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class RunClockTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(5);

    private readonly HeldClock clock = new();
    private readonly List<string> rung = [];

    [Fact]
    public async Task Timers_ring_in_the_order_of_their_times_whatever_the_order_in_which_they_were_set()
    {
        using var last = Set("last", 3 * Soon);
        using var first = Set("first", Soon);
        using var between = Set("between", 2 * Soon);
        clock.Pass(3 * Soon);

        await RungAsync("first", "between", "last");
    }

    [Fact]
    public async Task One_that_is_due_at_once_rings()
    {
        using var timer = Set("now", TimeSpan.Zero);

        await RungAsync("now");
    }

    [Fact]
    public async Task One_that_is_set_again_rings_at_its_new_time_only()
    {
        using var moved = Set("moved", Soon);
        using var other = Set("other", 2 * Soon);
        Assert.True(moved.Change(3 * Soon, Timeout.InfiniteTimeSpan));
        clock.Pass(3 * Soon);

        await RungAsync("other", "moved");
    }

    [Fact]
    public async Task One_without_a_time_waits_until_it_gets_one()
    {
        using var waiting = Set("waiting", Timeout.InfiniteTimeSpan);
        using var other = Set("other", Soon);
        clock.Pass(Soon);
        await RungAsync("other");

        Assert.True(waiting.Change(Soon, Timeout.InfiniteTimeSpan));
        clock.Pass(Soon);

        await RungAsync("other", "waiting");
    }

    [Fact]
    public async Task One_with_a_period_rings_until_it_is_disposed_of()
    {
        var again = Set("again", Soon, Soon);
        clock.Pass(Soon);
        await RungAsync("again");
        clock.Pass(Soon);
        await RungAsync("again", "again");
        await again.DisposeAsync();
        using var later = Set("later", 3 * Soon);
        clock.Pass(3 * Soon);

        await RungAsync("again", "again", "later");
    }

    [Fact]
    public async Task One_that_was_disposed_of_never_rings()
    {
        Set("gone", Soon).Dispose();
        using var later = Set("later", 2 * Soon);
        clock.Pass(2 * Soon);

        await RungAsync("later");
    }

    [Fact]
    public void One_that_was_disposed_of_cannot_be_set_again()
    {
        var timer = Set("gone", Timeout.InfiniteTimeSpan);
        timer.Dispose();

        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void A_time_before_now_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Set("before", TimeSpan.FromMilliseconds(-2)));

    [Fact]
    public async Task A_machine_that_has_run_for_years_counts_on()
    {
        var old = new HeldClock(long.MaxValue / 1000);
        using var timer = old.CreateTimer(Ring, "timer", Soon, Timeout.InfiniteTimeSpan);
        old.Pass(Soon);

        await RungAsync("timer");
    }

    [Fact]
    public async Task A_callback_may_set_timers()
    {
        ITimer? inner = null;
        using var outer = clock.CreateTimer(_ => inner = Set("inner", TimeSpan.Zero), state: null, Soon, Timeout.InfiniteTimeSpan);
        clock.Pass(Soon);

        await RungAsync("inner");
        inner?.Dispose();
    }

    [Fact]
    public async Task Its_time_passes_by_itself()
    {
        using var timer = RunClock.Instance.CreateTimer(Ring, "timer", Soon, Timeout.InfiniteTimeSpan);

        await RungAsync("timer");
    }

    [Fact]
    public void It_tells_the_systems_time() => Assert.InRange(RunClock.Instance.GetUtcNow() - TimeProvider.System.GetUtcNow(), -TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));

    private ITimer Set(string name, TimeSpan dueTime, TimeSpan? period = null) => clock.CreateTimer(Ring, name, dueTime, period ?? Timeout.InfiniteTimeSpan);

    private void Ring(object? name)
    {
        lock (rung)
        {
            rung.Add((string)name!);
        }
    }

    private string[] Rung()
    {
        lock (rung)
        {
            return [.. rung];
        }
    }

    private async Task RungAsync(params string[] names)
    {
        await Eventually.TrueAsync(() => Rung().Length >= names.Length);
        Assert.Equal(names, Rung());
    }

    /// <summary>Its time passes when a test says so; its thread looks again after the real time that it would have to wait.</summary>
    private sealed class HeldClock(long started = 0) : RunClock
    {
        private long ticks = started;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref ticks);

        /// <summary>And the part of a millisecond by which a timer may be late.</summary>
        public void Pass(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks + TimeSpan.TicksPerMillisecond);
    }
}
