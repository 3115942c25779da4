using System.Runtime.InteropServices;

namespace Capstan.Runner.Processes;

/// <summary>Runs a small program for its answer: waits for its end on the calling thread and keeps what it wrote. Not for the steps of a job.</summary>
public static unsafe class ProgramOutput
{
    private const int ReadBytes = 64 * 1024;

    /// <param name="program">A name to be looked up on this process's PATH, or a path.</param>
    /// <param name="environment">All that the program sees.</param>
    /// <returns>What it wrote to standard output (standard error is dropped), or null when its exit code was not 0.</returns>
    /// <exception cref="FileNotFoundException">There is no such program.</exception>
    /// <exception cref="IOException">It could not be started.</exception>
    public static byte[]? Read(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var path = ExecutableSearch.Find(program, Environment.GetEnvironmentVariable("PATH"), folder)
            ?? throw new FileNotFoundException($"{program} is not on the PATH", program);
        var pipe = stackalloc int[2];
        if (Posix.Pipe(pipe, Posix.CloseOnExec) < 0)
        {
            throw new IOException(Posix.ErrorText(Marshal.GetLastPInvokeError()));
        }

        var nowhere = Posix.Open("/dev/null", Posix.WriteOnly | Posix.CloseOnExec);
        var process = JobProcesses.StartOwn(new ProcessStart(path, [program, .. arguments], environment, folder), pipe[1], nowhere);
        _ = Posix.Close(nowhere);
        _ = Posix.Close(pipe[1]);
        try
        {
            if (process < 0)
            {
                throw new IOException($"{path} could not be started: {Posix.ErrorText(-process)}");
            }

            var output = ReadAll(pipe[0]);
            return Succeeded(process) ? output : null;
        }
        finally
        {
            if (process > 0) JobProcesses.ForgetOwn(process);
            _ = Posix.Close(pipe[0]);
        }
    }

    private static byte[] ReadAll(int descriptor)
    {
        using var all = new MemoryStream();
        var buffer = new byte[ReadBytes];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                var read = (int)Posix.Read(descriptor, start, buffer.Length);
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

    private static bool Succeeded(int process)
    {
        int status;
        while (Posix.WaitProcess(process, &status, 0) < 0)
        {
            // Anything but an interruption: somebody else has collected it, and how it ended is not known.
            if (Marshal.GetLastPInvokeError() != Posix.Interrupted)
            {
                return true;
            }
        }

        return status == 0;
    }
}
