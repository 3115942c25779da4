using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Capstan.Runner.Processes;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>
/// Notices that a job read the files its workspace was filled with. On a server such a job would find an empty folder, so it is told when it had no checkout.
/// </summary>
/// <remarks>Asks the kernel (inotify) and reads its answer once, after the job: no thread, and nothing is slowed. Best effort: where the kernel's limit on watches is reached, nothing is noticed.</remarks>
internal sealed partial class WorkspaceWatch : IDisposable
{
    private const int MostFolders = 2000;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const uint Opened = 0x20;
    private const uint OnFolder = 0x40000000;
    private const int HeaderBytes = 16;

    private readonly int descriptor;
    private readonly Dictionary<int, string> folders = new(NumberComparer.Instance);

    private WorkspaceWatch(int descriptor) => this.descriptor = descriptor;

    /// <summary>Begins to watch the folders of the copy; to be called when it has been written.</summary>
    public static WorkspaceWatch Start(WorkingTree tree, string workspace)
    {
        var watch = new WorkspaceWatch(Initialize(NonBlocking | CloseOnExec));
        foreach (var folder in tree.Folders.Take(MostFolders))
        {
            var number = AddWatch(watch.descriptor, Path.Combine(workspace, folder), Opened);
            if (number < 0)
            {
                break;
            }

            watch.folders[number] = folder;
        }

        return watch;
    }

    /// <summary>One file of the tree that was opened since the start, or null.</summary>
    public string? FirstRead(WorkingTree tree)
    {
        var files = tree.Files.ToHashSet(StringComparer.Ordinal);
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var bytes = (int)ReadFrom(descriptor, buffer, (nuint)buffer.Length);
            if (bytes <= 0)
            {
                return null;
            }

            for (var at = 0; at + HeaderBytes <= bytes;)
            {
                var entry = buffer.AsSpan(at, bytes - at);
                var length = BinaryPrimitives.ReadInt32LittleEndian(entry[12..]);
                if (Name(entry, length) is { } file && files.Contains(file))
                {
                    return file;
                }

                at += HeaderBytes + length;
            }
        }
    }

    /// <summary>Apart from the job: giving up watches, the kernel waits for all its processors, which takes as long as a short job.</summary>
    public void Dispose()
    {
        try
        {
            new Thread(() => _ = Close(descriptor)) { IsBackground = true, Name = "end of the watch" }.Start();
        }
        catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
        {
            // The system gives no further thread.
            _ = Close(descriptor);
        }
    }

    /// <summary>An entry is: watch, mask, cookie, length of the name, the name with zeros behind it.</summary>
    private string? Name(Span<byte> entry, int length)
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(entry);
        var mask = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
        if ((mask & OnFolder) != 0 || length == 0 || !folders.TryGetValue(number, out var folder))
        {
            return null;
        }

        var name = Encoding.UTF8.GetString(entry.Slice(HeaderBytes, length)).TrimEnd('\0');
        return folder.Length == 0 ? name : $"{folder}/{name}";
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1")]
    private static partial int Initialize(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddWatch(int descriptor, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadFrom(int descriptor, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
