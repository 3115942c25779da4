using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Capstan.Server.Blobs;

/// <summary>Makes the names in a folder survive a crash of the machine: on Linux a rename or a new file is durable only when its folder was flushed.</summary>
internal static partial class DurableFolder
{
    private const int ReadOnlyFolderCloseOnExec = 0x10000 | 0x80000;

    /// <exception cref="IOException">The folder is gone or the disk failed.</exception>
    public static void Flush(string path)
    {
        var descriptor = Open(path, ReadOnlyFolderCloseOnExec);
        if (descriptor < 0)
            throw Failure(path);
        try
        {
            if (Fsync(descriptor) != 0)
                throw Failure(path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string path) => new($"Cannot flush the folder {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
