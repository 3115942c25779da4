using System.Text;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;
using Microsoft.Win32.SafeHandles;

namespace Capstan.Runner.Steps;

/// <summary>
/// Reads and writes files whose place a job's programs can give to something else: a pipe that has no other end, a device without an end, a file that grows. Neither
/// waits for the other end, and reading never takes more than a limit, so that a job can neither hold the runner's thread nor fill its memory.
/// </summary>
internal static class JobFile
{
    private const int ReadBytes = 64 * 1024;

    /// <summary>A file with more costs as much to blank as to make anew.</summary>
    private const int MostBytesToBlank = 64 * 1024;

    /// <summary>Whether it can be opened at all: a name that is no UTF-8 is listed with a sign of replacement, under which nothing stands.</summary>
    public static bool IsReachable(string path) => !path.Contains('\uFFFD', StringComparison.Ordinal) || Path.Exists(path);

    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream Open(string file)
    {
        var descriptor = Posix.Open(file, Posix.ReadOnly | Posix.CloseOnExec | Posix.NonBlocking);
        return descriptor < 0
            ? throw new IOException($"{file}: {Posix.ErrorText(System.Runtime.InteropServices.Marshal.GetLastPInvokeError())}")
            : new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
    }

    /// <summary>Opens a file of the runner's own to write, and makes it where there is none. What a job has put in its place, a pipe without a reader, goes.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenToWrite(string file)
    {
        const int readAndWriteForAll = 0x1B6;
        if (!Posix.IsRegularFile(file))
        {
            if (new DirectoryInfo(file) is { Exists: true, LinkTarget: null }) _ = FolderRemoval.Remove(file);
            else File.Delete(file);
        }

        // Without waiting for a reader: another step may put a pipe there just now.
        var descriptor = Posix.Open(file, Posix.WriteOnly | Posix.Create | Posix.CloseOnExec | Posix.NonBlocking, readAndWriteForAll);
        return descriptor < 0
            ? throw new IOException($"{file}: {Posix.ErrorText(System.Runtime.InteropServices.Marshal.GetLastPInvokeError())}")
            : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>
    /// Writes over what was there, and not after truncating it: file systems take that for the replacing of a file, whose bytes they bring to the disk at once.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        using var handle = OpenToWrite(file);
        RandomAccess.Write(handle, content, fileOffset: 0);
        if (RandomAccess.GetLength(handle) != content.Length) RandomAccess.SetLength(handle, content.Length);
    }

    /// <summary>Overwrites what a file says; its length stays, because to give the room up and take it again costs more than to write.</summary>
    /// <returns>False when it is too large for that, or cannot be written.</returns>
    public static bool TryBlank(string file)
    {
        try
        {
            var length = new FileInfo(file).Length;
            if (length > MostBytesToBlank) return false;
            Write(file, new byte[length]);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file's text as UTF-8, without a byte order mark.</summary>
    /// <returns>Null when it has more than <paramref name="limit"/> bytes.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string? ReadText(string file, int limit)
    {
        using var stream = Open(file);
        using var bytes = new MemoryStream();
        var buffer = new byte[ReadBytes];
        while (stream.Read(buffer) is > 0 and var read)
        {
            if (bytes.Length + read > limit) return null;
            bytes.Write(buffer, 0, read);
        }

        bytes.Position = 0;
        using var reader = new StreamReader(bytes, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
