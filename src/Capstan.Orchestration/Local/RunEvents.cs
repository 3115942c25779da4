using System.Runtime.ExceptionServices;

namespace Capstan.Orchestration.Local;

/// <summary>What happens in a local run, in its order: any thread tells it, the run's own thread takes it and waits for more.</summary>
internal sealed class RunEvents
{
    private readonly object gate = new();
    private readonly Queue<RunEvent> told = [];
    private ExceptionDispatchInfo? failure;

    public void Tell(RunEvent happened)
    {
        lock (gate)
        {
            if (failure is not null)
            {
                return;
            }

            told.Enqueue(happened);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Makes <see cref="Take"/> throw this after what was told before; nothing that comes later counts, nor a second failure.</summary>
    public void Fail(Exception error)
    {
        lock (gate)
        {
            failure ??= ExceptionDispatchInfo.Capture(error);
            Monitor.Pulse(gate);
        }
    }

    public RunEvent Take()
    {
        lock (gate)
        {
            while (told.Count == 0)
            {
                failure?.Throw();
                Monitor.Wait(gate);
            }

            return told.Dequeue();
        }
    }
}
