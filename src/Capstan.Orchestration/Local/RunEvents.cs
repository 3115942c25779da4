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
            told.Enqueue(happened);
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Makes <see cref="Take"/> throw this instead of anything that comes later; of several the first counts.</summary>
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
