using Capstan.Runner.Processes;

namespace Capstan.Runner.Jobs;

/// <summary>
/// Whether and why the job is to end early, and the steps that hear of it: the running one and those in the background. Safe from any thread.
/// </summary>
internal sealed class JobCancellation
{
    private readonly Lock gate = new();
    private readonly List<StopSignal> current = [];
    private bool cancelled;
    private bool timedOut;
    private bool killed;
    private Action? afterCancel;

    /// <summary>The job is cancelled or its time is over: <c>cancelled()</c> is true, only steps that ask for it still run.</summary>
    public bool Cancelled
    {
        get
        {
            lock (gate) return cancelled || killed;
        }
    }

    public bool TimedOut
    {
        get
        {
            lock (gate) return timedOut;
        }
    }

    /// <summary>Nothing runs any more, whatever its condition.</summary>
    public bool Killed
    {
        get
        {
            lock (gate) return killed;
        }
    }

    /// <summary>Called once when the job is cancelled, on the canceller's thread; at once when it is already.</summary>
    public void WhenCancelled(Action action)
    {
        lock (gate)
        {
            if (!cancelled)
            {
                afterCancel = action;
                return;
            }
        }

        action();
    }

    public void Cancel(bool timeIsOver)
    {
        Action? after;
        lock (gate)
        {
            if (cancelled || killed) return;
            cancelled = true;
            timedOut = timeIsOver;
            foreach (var step in current) step.Request(StopReason.Cancelled);
            after = afterCancel;
        }

        after?.Invoke();
    }

    public void Kill()
    {
        lock (gate)
        {
            killed = true;
            foreach (var step in current) step.Request(StopReason.Killed);
        }
    }

    /// <summary>From now on requests reach this step. One that begins after a cancellation was let in by its condition and hears only of a kill.</summary>
    public void Enter(StopSignal step)
    {
        lock (gate)
        {
            current.Add(step);
            if (killed) step.Request(StopReason.Killed);
        }
    }

    public void Leave(StopSignal step)
    {
        // `Remove` has .NET make a comparer by reflection.
        lock (gate) current.RemoveAll(known => ReferenceEquals(known, step));
    }
}
