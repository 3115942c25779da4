using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Capstan.Cli.Terminals;

/// <summary>
/// Turns Ctrl-C and SIGTERM into two tokens: the first signal asks for an orderly end, the second for an immediate one. The process itself is not ended.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>
    /// Signals that come this close are one: the kernel sends a parent's death once for each of its threads, and nobody presses Ctrl-C twice so fast on purpose.
    /// </summary>
    private static readonly TimeSpan OneAndTheSame = new(0, 0, 0, 0, 200);

    private readonly CancellationTokenSource first = new();
    private readonly CancellationTokenSource second = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private long firstAt;

    private Interruption()
    {
    }

    public CancellationToken First => first.Token;

    public CancellationToken Second => second.Token;

    public static Interruption Watch()
    {
        var interruption = new Interruption();
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            interruption.registrations.Add(PosixSignalRegistration.Create(signal, interruption.OnSignal));
        }

        return interruption;
    }

    public void Dispose()
    {
        registrations.ForEach(r => r.Dispose());
        first.Dispose();
        second.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            Count();
        }
        catch (ObjectDisposedException)
        {
            // A registration that goes does not wait for a signal that is just being handled: what it would have interrupted has ended.
        }
    }

    private void Count()
    {
        if (!first.IsCancellationRequested)
        {
            firstAt = Stopwatch.GetTimestamp();
            first.Cancel();
        }
        else if (Stopwatch.GetElapsedTime(firstAt) > OneAndTheSame)
        {
            second.Cancel();
        }
    }
}
