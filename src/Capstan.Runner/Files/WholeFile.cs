using System.Runtime.InteropServices;
using System.Text;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Files;

/// <summary>
/// Reads and writes small files whole. .NET opens a file through reflection, which at its first time takes 3 ms of a short run: it is asked only where this fails, so that it says why.
/// </summary>
public static class WholeFile
{
    private const int FirstBytes = 16 * 1024;

    /// <summary>The text as UTF-8, in the place of what the file had.</summary>
    /// <exception cref="IOException">It cannot be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written, or is a folder.</exception>
    public static unsafe void Write(string path, string text)
    {
        const int readAndWriteForAll = 0x1B6;
        var bytes = Encoding.UTF8.GetBytes(text);
        var descriptor = Posix.Open(path, Posix.WriteOnly | Posix.Create | Posix.Truncate | Posix.CloseOnExec, readAndWriteForAll);
        var isWritten = false;
        if (descriptor >= 0)
        {
            fixed (byte* start = bytes) isWritten = Posix.WriteAll(descriptor, start, bytes.Length);
            _ = Posix.Close(descriptor);
        }

        if (!isWritten) File.WriteAllBytes(path, bytes);
    }

    /// <summary>Also of a pipe, and of a file under <c>/proc</c>, which has no length.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static unsafe byte[] Read(string path)
    {
        var descriptor = Posix.Open(path, Posix.ReadOnly | Posix.CloseOnExec);
        if (descriptor < 0) return File.ReadAllBytes(path);
        try
        {
            var bytes = new byte[FirstBytes];
            var length = 0;
            while (true)
            {
                nint read;
                fixed (byte* start = bytes) read = Posix.Read(descriptor, start + length, bytes.Length - length);
                if (read == 0) return bytes[..length];
                if (read < 0 && Marshal.GetLastPInvokeError() != Posix.Interrupted) return File.ReadAllBytes(path);
                length += (int)Math.Max(read, 0);
                if (length == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(2L * length, Array.MaxLength));
                if (length == bytes.Length) throw new IOException($"{path} is too large to be read whole.");
            }
        }
        finally
        {
            _ = Posix.Close(descriptor);
        }
    }
}
