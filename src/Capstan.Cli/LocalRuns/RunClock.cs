namespace Capstan.Cli.LocalRuns;

/// <summary>
/// The system's clock, whose timers are kept by one thread of its own: to set the first of .NET's timers takes 3 ms of a short run, which ends before any of them.
/// Thread-safe. Callbacks come one after the other on that thread, and wait for those before them: they are to be short, and so is what goes on after a delay of this clock.
/// </summary>
internal class RunClock : TimeProvider
{
    private readonly object gate = new();

    /// <summary>The earliest of those that are set; each knows the one after it.</summary>
    private Alarm? first;

    private bool isKept;

    protected RunClock()
    {
    }

    public static RunClock Instance { get; } = new();

    private long Milliseconds => GetTimestamp() / (TimestampFrequency / 1000);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        _ = alarm.Change(dueTime, period);
        return alarm;
    }

    private bool TrySet(Alarm alarm, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            Remove(alarm);
            if (alarm.IsDisposed)
            {
                return false;
            }

            alarm.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            Insert(alarm, dueTime);
            Monitor.Pulse(gate);
            if (!isKept)
            {
                isKept = true;
                new Thread(Keep) { IsBackground = true, Name = "timers" }.UnsafeStart();
            }

            return true;
        }
    }

    private void End(Alarm alarm)
    {
        lock (gate)
        {
            Remove(alarm);
            alarm.IsDisposed = true;
        }
    }

    private void Keep()
    {
        while (true)
        {
            TakeDue().Ring();
        }
    }

    private Alarm TakeDue()
    {
        lock (gate)
        {
            while (true)
            {
                var left = first is null ? Timeout.Infinite : (int)Math.Clamp(first.Due - Milliseconds, 0, int.MaxValue);
                if (first is { } due && left == 0)
                {
                    first = due.Next;
                    due.Next = null;
                    if (due.Period > TimeSpan.Zero)
                    {
                        Insert(due, due.Period);
                    }

                    return due;
                }

                _ = Monitor.Wait(gate, left);
            }
        }
    }

    private void Insert(Alarm alarm, TimeSpan dueTime)
    {
        // One more for the part of a millisecond that has passed: none rings too early.
        alarm.Due = Milliseconds + (long)Math.Ceiling(dueTime.TotalMilliseconds) + (dueTime > TimeSpan.Zero ? 1 : 0);
        if (first is null || first.Due > alarm.Due)
        {
            alarm.Next = first;
            first = alarm;
            return;
        }

        var before = first;
        while (before.Next is { } next && next.Due <= alarm.Due)
        {
            before = next;
        }

        alarm.Next = before.Next;
        before.Next = alarm;
    }

    private void Remove(Alarm alarm)
    {
        if (first == alarm)
        {
            first = alarm.Next;
        }
        else
        {
            var before = first;
            while (before is not null && before.Next != alarm)
            {
                before = before.Next;
            }

            if (before is not null)
            {
                before.Next = alarm.Next;
            }
        }

        alarm.Next = null;
    }

    /// <summary>Its fields but the callback belong to the clock's lock.</summary>
    private sealed class Alarm(RunClock clock, TimerCallback callback, object? state) : ITimer
    {
        public Alarm? Next { get; set; }

        /// <summary>In milliseconds of the clock.</summary>
        public long Due { get; set; }

        /// <summary>Not above zero for one that rings once.</summary>
        public TimeSpan Period { get; set; }

        public bool IsDisposed { get; set; }

        public void Ring() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
            }

            return clock.TrySet(this, dueTime, period);
        }

        /// <summary>It rings no more; a callback that has begun goes on.</summary>
        public void Dispose() => clock.End(this);

        /// <inheritdoc cref="Dispose"/>
        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
