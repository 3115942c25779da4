using System.Runtime.InteropServices;
using Capstan.Runner.Logs;

namespace Capstan.Runner.Processes;

/// <summary>
/// Runs one program on the calling thread until it has ended and its output is read: one <c>poll</c> waits for output, for the end and for requests to stop, so a
/// step needs neither a second thread nor a thread-pool hop.
/// </summary>
internal sealed unsafe class ChildProcess
{
    /// <summary>After its end, a process's output is read until it is silent for this long (something in the background may hold the pipe) …</summary>
    private const int SilenceAfterEndMilliseconds = 250;

    /// <summary>… and at most for this long, as GitHub's runner does.</summary>
    private static readonly TimeSpan LongestReadAfterEnd = new(0, 0, 5);

    /// <summary>How often ended orphans are looked for while a process runs.</summary>
    private const int ReapMilliseconds = 5000;

    /// <summary>Where the kernel has no process descriptors, the end is looked for this often.</summary>
    private const int LookAgainMilliseconds = 20;

    private const int SetPipeSize = 1031;
    private const int SetFlags = 4;
    private const int PipeBytes = 1024 * 1024;
    private const int OpenProcessDescriptor = 434;

    private readonly LineSplitter output;
    private readonly StopSignal stop;
    private readonly JobProcesses processes;
    private readonly int step;
    private readonly TimeProvider clock;
    private readonly Grace grace;
    private readonly Func<bool> survivesCancellation;

    private int process;
    private StopReason stopped;
    private bool cancellationDecided;
    private int lastSignal;
    private long signalledAt;
    private TimeSpan patience;
    private ITimer? graceTimer;

    public ChildProcess(
        LineSplitter output, StopSignal stop, JobProcesses processes, int step, TimeProvider clock, Grace grace, Func<bool> survivesCancellation)
    {
        this.output = output;
        this.stop = stop;
        this.processes = processes;
        this.step = step;
        this.clock = clock;
        this.grace = grace;
        this.survivesCancellation = survivesCancellation;
    }

    /// <param name="leftOpen">Takes the reading end of a pipe that something in the background still holds.</param>
    /// <param name="error">Why it could not be started; null when it could.</param>
    public ProcessEnd Run(ProcessStart start, Action<int> leftOpen, out string? error)
    {
        error = null;
        var pipe = stackalloc int[2];
        if (Posix.Pipe(pipe, Posix.CloseOnExec) < 0)
        {
            error = Posix.ErrorText(Marshal.GetLastPInvokeError());
            return default;
        }

        _ = Posix.Control(pipe[0], SetPipeSize, PipeBytes);
        _ = Posix.Control(pipe[0], SetFlags, Posix.NonBlocking);
        process = JobProcesses.Start(start, pipe[1], processes.TrackingOf(step));
        _ = Posix.Close(pipe[1]);
        if (process < 0)
        {
            _ = Posix.Close(pipe[0]);
            error = Posix.ErrorText(-process);
            return default;
        }

        var end = (int)Posix.SystemCall(OpenProcessDescriptor, process, 0);
        var kept = false;
        try
        {
            var exitCode = WaitAndRead(pipe[0], end, out var open);
            if (open)
            {
                leftOpen(pipe[0]);
                kept = true;
            }

            return new ProcessEnd(exitCode, stopped);
        }
        finally
        {
            // Also when the log could not be written.
            if (!kept) _ = Posix.Close(pipe[0]);
            graceTimer?.Dispose();
            if (end >= 0) _ = Posix.Close(end);
            output.Complete();
        }
    }

    private int WaitAndRead(int pipe, int end, out bool open)
    {
        var entries = stackalloc Posix.PollEntry[3];
        open = true;
        int? exitCode = null;
        var endedAt = 0L;
        while (true)
        {
            entries[0] = new Posix.PollEntry { Descriptor = open ? pipe : -1, Wanted = Posix.PollIn };
            entries[1] = new Posix.PollEntry { Descriptor = exitCode is null ? end : -1, Wanted = Posix.PollIn };
            entries[2] = new Posix.PollEntry { Descriptor = stop.Descriptor, Wanted = Posix.PollIn };
            var happened = Posix.Poll(entries, 3, exitCode is not null ? SilenceAfterEndMilliseconds : end < 0 ? LookAgainMilliseconds : Math.Min(ReapMilliseconds, MillisecondsOfPatience));
            if (happened < 0) continue;
            if (entries[2].Happened != 0) stop.Clear();
            if (exitCode is null) StopIfAsked();
            if (entries[0].Happened != 0) open = ReadAvailable(pipe);
            if (exitCode is null && (entries[1].Happened != 0 || end < 0) && Collect() is { } ended)
            {
                exitCode = ended;
                endedAt = clock.GetTimestamp();
                if (stopped != StopReason.None) EndRest();
            }

            if (exitCode is { } code)
            {
                var silent = happened == 0;
                if (!open || silent || stop.Reason > stopped || clock.GetElapsedTime(endedAt) > LongestReadAfterEnd) return code;
            }
            else if (happened == 0 && end >= 0)
            {
                JobProcesses.ReapOrphans();
            }
        }
    }

    /// <summary>Reads until the pipe is empty, but no longer than a few buffers, so that a flood of output cannot hide the end or a cancellation.</summary>
    /// <returns>False when the last writer is gone.</returns>
    private bool ReadAvailable(int pipe)
    {
        for (var i = 0; i < 16; i++)
        {
            var space = output.Space();
            nint read;
            fixed (byte* start = space) read = Posix.Read(pipe, start, space.Length);
            if (read == 0) return false;
            if (read < 0) return Marshal.GetLastPInvokeError() is Posix.TryAgain or Posix.Interrupted;
            output.Advance((int)read);
            if (read < space.Length) return true;
        }

        return true;
    }

    /// <returns>Null while the process lives.</returns>
    private int? Collect()
    {
        int status;
        int waited;
        do
        {
            waited = Posix.WaitProcess(process, &status, Posix.WaitNoHang);
        }
        while (waited < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted);
        if (waited == 0) return null;
        if (waited < 0) return -1;
        var signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }

    private void StopIfAsked()
    {
        var reason = stop.Reason;
        if (reason == StopReason.None) return;
        if (reason == StopReason.Cancelled && stopped == StopReason.None)
        {
            if (cancellationDecided) return;
            cancellationDecided = true;
            if (survivesCancellation()) return;
        }

        if (reason == StopReason.Killed)
        {
            stopped = StopReason.Killed;
            if (lastSignal != Posix.SigKill) Signal(Posix.SigKill, TimeSpan.Zero);
        }
        else if (stopped == StopReason.None)
        {
            stopped = reason;
            Signal(reason == StopReason.CancelledBySteps ? Posix.SigTerm : Posix.SigInt, grace.First);
        }
        else if (lastSignal == Posix.SigInt && IsPatienceOver)
        {
            Signal(Posix.SigTerm, grace.Second);
        }
        else if (lastSignal == Posix.SigTerm && IsPatienceOver)
        {
            Signal(Posix.SigKill, TimeSpan.Zero);
        }
    }

    /// <summary>Not only the timer's to end: one that comes a hair too early would leave the process until the next look.</summary>
    private int MillisecondsOfPatience => graceTimer is null ? int.MaxValue : (int)Math.Clamp(Math.Ceiling((patience - clock.GetElapsedTime(signalledAt)).TotalMilliseconds), 1, int.MaxValue);

    private bool IsPatienceOver => clock.GetElapsedTime(signalledAt) >= patience;

    private void Signal(int signal, TimeSpan wait)
    {
        lastSignal = signal;
        signalledAt = clock.GetTimestamp();
        patience = wait;
        if (signal == Posix.SigKill) processes.KillStep(step);
        else _ = processes.SignalStep(step, signal);
        graceTimer?.Dispose();
        graceTimer = wait == TimeSpan.Zero ? null : clock.CreateTimer(static s => ((StopSignal)s!).Wake(), stop, wait, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The shell of a stopped step is gone; what it leaves behind has until the end of the grace after it was terminated, and is killed.</summary>
    private void EndRest()
    {
        if (lastSignal == Posix.SigKill) return;
        if (lastSignal == Posix.SigInt) Signal(Posix.SigTerm, grace.Second);
        while (stop.Reason != StopReason.Killed && !IsPatienceOver && processes.SignalStep(step, 0) > 0) _ = Posix.Poll(null, 0, 5);
        processes.KillStep(step);
    }
}
