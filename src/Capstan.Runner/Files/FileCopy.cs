using System.Runtime.InteropServices;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Files;

/// <summary>
/// Copies files one by one. Small ones are read and written here: .NET opens a file through reflection, which at its first time takes 3 ms of a short run. It copies
/// large ones, whose blocks it shares where the file system can, and what this cannot copy, so that it says why.
/// </summary>
public static unsafe class FileCopy
{
    private const int MostBytes = 64 * 1024;

    /// <summary>Over what is there; mode and time of change are the original's.</summary>
    /// <param name="accessed">The copy's time of access, in whole seconds since 1970.</param>
    /// <exception cref="IOException">The original is not there, or one of the two cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">One of the two may not be opened, or is a folder.</exception>
    public static void Make(string source, string target, DateTime accessed)
    {
        if (!TryCopySmall(source, target, accessed)) CopyLarge(source, target, accessed);
    }

    /// <inheritdoc cref="Make"/>
    public static void CopyLarge(string source, string target, DateTime accessed)
    {
        File.Copy(source, target, overwrite: true);
        File.SetLastAccessTimeUtc(target, accessed);
    }

    /// <summary>Whether the path itself, no link followed, is a file with bytes of its own: no folder, link, pipe, socket or device.</summary>
    public static bool IsFile(string path) => Posix.IsRegularFile(path);

    /// <summary>A copy of a regular file, no link followed.</summary>
    /// <returns>False when it is none, is too large, or cannot be copied; what the target is then is not said.</returns>
    public static bool TryCopySmall(string source, string target, DateTime accessed)
    {
        // The owner of a copy in the making can write it: what cannot be finished here is begun again by .NET.
        const int writable = 0x80;
        if (!Posix.TryDescribe(source, out var file) || file.Length > MostBytes) return false;
        var from = Posix.Open(source, Posix.ReadOnly | Posix.CloseOnExec | Posix.NonBlocking);
        if (from < 0) return false;
        try
        {
            var to = Posix.Open(target, Posix.WriteOnly | Posix.Create | Posix.Truncate | Posix.CloseOnExec | Posix.NonBlocking, file.Access | writable);
            if (to < 0) return false;
            try
            {
                return CopyBytes(from, to, (int)file.Length) && Posix.ChangeMode(to, file.Access) == 0 && SetTimes(to, accessed, file);
            }
            finally
            {
                _ = Posix.Close(to);
            }
        }
        finally
        {
            _ = Posix.Close(from);
        }
    }

    private static bool CopyBytes(int from, int to, int expected)
    {
        // One more, so that an end is seen without growing.
        var bytes = stackalloc byte[expected + 1];
        while (true)
        {
            var read = Posix.Read(from, bytes, expected + 1);
            if (read == 0) return true;
            if (read < 0 ? Marshal.GetLastPInvokeError() != Posix.Interrupted : !Posix.WriteAll(to, bytes, read)) return false;
        }
    }

    private static bool SetTimes(int file, DateTime accessed, Posix.FileDescription original)
    {
        var sinceEpoch = accessed - DateTime.UnixEpoch;
        var times = stackalloc long[] { sinceEpoch.Ticks / TimeSpan.TicksPerSecond, 0, original.ChangedSeconds, original.ChangedNanoseconds };
        return Posix.SetTimes(file, times) == 0;
    }
}
