namespace Capstan.Runner.Processes;

/// <summary>
/// How other threads reach the thread that waits in <c>poll</c> for a process: a request to stop, or just a reason to look at the clock. One for each thing that
/// can be stopped (a step); safe from any thread. Force only rises.
/// </summary>
internal sealed unsafe class StopSignal : IDisposable
{
    private readonly Lock gate = new();
    private StopReason reason;
    private bool closed;
    private TaskCompletionSource? raised;

    public StopSignal()
    {
        Descriptor = Posix.EventDescriptor(0, Posix.CloseOnExec | Posix.NonBlocking);
        if (Descriptor < 0) throw new IOException($"No event descriptor: {Posix.ErrorText(System.Runtime.InteropServices.Marshal.GetLastPInvokeError())}");
    }

    /// <summary>Readable when something was requested since <see cref="Clear"/>.</summary>
    public int Descriptor { get; }

    public StopReason Reason
    {
        get
        {
            lock (gate) return reason;
        }
    }

    /// <summary>Ends when a stronger reason than the one of this moment is requested. For waiting on something that is no process.</summary>
    public Task Raised
    {
        get
        {
            lock (gate) return (raised ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void Request(StopReason wanted)
    {
        lock (gate)
        {
            if (wanted > reason)
            {
                reason = wanted;
                raised?.TrySetResult();
                raised = null;
            }
        }

        Wake();
    }

    public void Wake()
    {
        // The lock keeps a late timer from writing to a descriptor number that was closed and given to something else.
        lock (gate)
        {
            if (closed) return;
            ulong one = 1;
            _ = Posix.Write(Descriptor, (byte*)&one, sizeof(ulong));
        }
    }

    public void Clear()
    {
        ulong count;
        _ = Posix.Read(Descriptor, (byte*)&count, sizeof(ulong));
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (closed) return;
            closed = true;
            _ = Posix.Close(Descriptor);
        }
    }
}
