using System.Runtime.InteropServices;

namespace Capstan.Runner.Processes;

/// <summary>A small program that was started for its answer. Not for the steps of a job. Not thread-safe.</summary>
public sealed unsafe class ProgramOutput : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private const int SetPipeSize = 1031;

    /// <summary>So much it may write before anybody reads, where the system allows it.</summary>
    private const int PipeBytes = 1024 * 1024;

    private readonly int process;
    private int pipe;

    private ProgramOutput(int process, int pipe)
    {
        this.process = process;
        this.pipe = pipe;
    }

    /// <summary>Starts it with this process's own environment.</summary>
    /// <param name="program">A name to be looked up on the PATH, or a path.</param>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="IOException">It could not be started.</exception>
    public static ProgramOutput Start(string program, IReadOnlyList<string> arguments, string folder)
    {
        var path = ExecutableSearch.Find(program, Environment.GetEnvironmentVariable("PATH"), folder)
            ?? throw new FileNotFoundException($"{program} is not on the PATH", program);
        var ends = stackalloc int[2];
        if (Posix.Pipe(ends, Posix.CloseOnExec) < 0)
        {
            throw new IOException(Posix.ErrorText(Marshal.GetLastPInvokeError()));
        }

        _ = Posix.Control(ends[0], SetPipeSize, PipeBytes);
        var nowhere = Posix.Open("/dev/null", Posix.WriteOnly | Posix.CloseOnExec);
        var process = JobProcesses.StartOwn(new ProcessStart(path, [program, .. arguments], Environment: null, folder), ends[1], nowhere);
        _ = Posix.Close(nowhere);
        _ = Posix.Close(ends[1]);
        if (process < 0)
        {
            _ = Posix.Close(ends[0]);
            throw new IOException($"{path} could not be started: {Posix.ErrorText(-process)}");
        }

        return new ProgramOutput(process, ends[0]);
    }

    /// <summary>Waits for its end. To be called once.</summary>
    /// <returns>What it wrote to standard output (standard error is dropped), or null when its exit code was not 0.</returns>
    /// <exception cref="ObjectDisposedException">It was read, or disposed of.</exception>
    public byte[]? Read()
    {
        ObjectDisposedException.ThrowIf(pipe < 0, this);
        var output = ReadAll();
        return Finish() ? output : null;
    }

    /// <summary>Ends it when nobody has read.</summary>
    public void Dispose()
    {
        if (pipe < 0) return;
        _ = Posix.Kill(process, Posix.SigTerm);
        _ = Finish();
    }

    private byte[] ReadAll()
    {
        using var all = new MemoryStream();
        var buffer = new byte[ReadBytes];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var read = (int)Posix.Read(pipe, start, buffer.Length);
                if (read > 0)
                {
                    all.Write(buffer, 0, read);
                }
                else if (read == 0 || Marshal.GetLastPInvokeError() != Posix.Interrupted)
                {
                    return all.ToArray();
                }
            }
        }
    }

    private bool Finish()
    {
        _ = Posix.Close(pipe);
        pipe = -1;
        int status;
        while (Posix.WaitProcess(process, &status, 0) < 0)
        {
            // Anything but an interruption: somebody else has collected it, and how it ended is not known.
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
            {
                status = 0;
                break;
            }
        }

        JobProcesses.ForgetOwn(process);
        return status == 0;
    }
}
