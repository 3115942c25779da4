using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Capstan.Runner.Processes;

/// <summary>What a small program wrote, and how it ended.</summary>
/// <param name="Stopped">It was ended from here: its time was over, or nobody wanted it any more.</param>
internal readonly record struct ProgramAnswer(int ExitCode, string Output, string Errors, bool Stopped);

/// <summary>
/// Runs a small program of the runner's own, which may ask a network, on the calling thread. It is ended, with all it started, when its time is over or it is not wanted
/// any more. Safe from any thread.
/// </summary>
internal static unsafe class BoundedProgram
{
    /// <summary>Of each stream; what comes after it is dropped.</summary>
    private const int MaxBytes = 1024 * 1024;

    private const int ReadBytes = 16 * 1024;

    /// <summary>How often it is asked whether the program is still wanted.</summary>
    private const int LookMilliseconds = 100;

    /// <summary>How often the end of a program is looked for that has closed its streams before it.</summary>
    private const int EndMilliseconds = 2;

    /// <param name="unwanted">Asked from time to time.</param>
    /// <exception cref="IOException">It could not be started.</exception>
    public static ProgramAnswer Run(ProcessStart start, TimeSpan limit, Func<bool> unwanted)
    {
        var pipes = stackalloc int[4];
        if (Posix.Pipe(pipes, Posix.CloseOnExec) < 0) throw new IOException(Posix.ErrorText(Marshal.GetLastPInvokeError()));
        if (Posix.Pipe(pipes + 2, Posix.CloseOnExec) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            Close(pipes[0], pipes[1]);
            throw new IOException(Posix.ErrorText(error));
        }

        var process = JobProcesses.StartOwn(start, pipes[1], pipes[3]);
        Close(pipes[1], pipes[3]);
        try
        {
            if (process < 0) throw new IOException($"{start.Program} could not be started: {Posix.ErrorText(-process)}");
            using var output = new MemoryStream();
            using var errors = new MemoryStream();
            var deadline = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
            var stopped = !ReadAll(pipes[0], pipes[2], output, errors, () => unwanted() || Stopwatch.GetTimestamp() > deadline);
            var exitCode = stopped ? null : Wait(process, () => unwanted() || Stopwatch.GetTimestamp() > deadline);
            if (exitCode is null)
            {
                stopped = true;

                // It leads a session, so its group is all that it started.
                _ = Posix.Kill(-process, Posix.SigKill);
                exitCode = Wait(process, static () => false);
            }

            return new ProgramAnswer(exitCode!.Value, Text(output), Text(errors), stopped);
        }
        finally
        {
            if (process > 0) JobProcesses.ForgetOwn(process);
            Close(pipes[0], pipes[2]);
        }
    }

    /// <returns>False when it was given up before both streams had ended.</returns>
    private static bool ReadAll(int first, int second, MemoryStream output, MemoryStream errors, Func<bool> givenUp)
    {
        var entries = stackalloc Posix.PollEntry[2];
        entries[0] = new Posix.PollEntry { Descriptor = first, Wanted = Posix.PollIn };
        entries[1] = new Posix.PollEntry { Descriptor = second, Wanted = Posix.PollIn };
        var buffer = new byte[ReadBytes];
        while (entries[0].Descriptor >= 0 || entries[1].Descriptor >= 0)
        {
            if (givenUp()) return false;
            if (Posix.Poll(entries, 2, LookMilliseconds) <= 0) continue;
            for (var i = 0; i < 2; i++)
            {
                // A negative descriptor is left out by poll.
                if (entries[i].Happened != 0 && !ReadSome(entries[i].Descriptor, buffer, i == 0 ? output : errors)) entries[i].Descriptor = -1;
            }
        }

        return true;
    }

    /// <returns>False at the stream's end.</returns>
    private static bool ReadSome(int descriptor, byte[] buffer, MemoryStream into)
    {
        fixed (byte* start = buffer)
        {
            var read = (int)Posix.Read(descriptor, start, buffer.Length);
            if (read > 0) into.Write(buffer, 0, (int)Math.Min(read, MaxBytes - into.Length));
            return read > 0 || (read < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted);
        }
    }

    /// <returns>Null when it was given up before the end.</returns>
    private static int? Wait(int process, Func<bool> givenUp)
    {
        int status;
        while (true)
        {
            var waited = Posix.WaitProcess(process, &status, Posix.WaitNoHang);
            if (waited == process) return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
            if (waited < 0 && Marshal.GetLastPInvokeError() != Posix.Interrupted) return -1;
            if (givenUp()) return null;
            _ = Posix.Poll(null, 0, EndMilliseconds);
        }
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);

    private static void Close(int first, int second)
    {
        _ = Posix.Close(first);
        _ = Posix.Close(second);
    }
}
