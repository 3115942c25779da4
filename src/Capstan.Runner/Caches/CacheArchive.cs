using System.Formats.Tar;
using System.IO.Compression;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Caches;

/// <summary>
/// The compressed tar that a cache is: files, folders and links with their modes and times, under the names of <see cref="CachePlaces"/>. Written and read as a stream: memory does not grow
/// with it. Pipes, sockets and devices are left out; files that are one by hard links become several.
/// </summary>
internal static class CacheArchive
{
    private const int CopyBytes = 128 * 1024;

    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <param name="paths">Absolute; folders with all that is in them.</param>
    /// <param name="leftOut">Told what is there and cannot be opened, because its name is no UTF-8.</param>
    /// <exception cref="IOException">Something cannot be read, or changed meanwhile.</exception>
    public static async Task WriteAsync(Stream output, IReadOnlyList<string> paths, CachePlaces places, Action<string> leftOut, CancellationToken cancel)
    {
        await using var compressed = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        await using var tar = new TarWriter(compressed, TarEntryFormat.Pax, leaveOpen: true);
        var added = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in paths.Where(path => !Above(path).Any(added.Contains)))
        {
            added.Add(path);
            await AddAsync(tar, path, places, leftOut, cancel);
        }
    }

    /// <summary>Puts everything back in its place. What is there under a name is replaced.</summary>
    /// <exception cref="InvalidDataException">It is no such archive, or one that means to write elsewhere.</exception>
    public static async Task ExtractAsync(Stream input, CachePlaces places, CancellationToken cancel)
    {
        await using var plain = new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
        await using var tar = new TarReader(plain, leaveOpen: true);
        var links = new HashSet<string>(StringComparer.Ordinal);
        var folders = new List<(string Path, TarEntry Entry)>();
        while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
        {
            var target = places.PathOf(entry.Name) ?? throw new InvalidDataException($"'{entry.Name}' in the cache leads out of its place");
            if (Above(target).Any(links.Contains)) throw new InvalidDataException($"'{entry.Name}' in the cache lies behind one of its links");
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(target);
                    folders.Add((target, entry));
                    break;
                case TarEntryType.SymbolicLink:
                    MakeRoom(target);
                    File.CreateSymbolicLink(target, entry.LinkName);
                    links.Add(target);
                    break;
                case TarEntryType.RegularFile:
                    MakeRoom(target);
                    await WriteFileAsync(target, entry, cancel);
                    break;
                default:
                    throw new InvalidDataException($"'{entry.Name}' in the cache is neither file, folder nor link");
            }
        }

        // The innermost first, and after all files: a folder that may not be written could not be filled.
        foreach (var (path, entry) in Enumerable.Reverse(folders))
        {
            File.SetUnixFileMode(path, entry.Mode & Permissions);
            Directory.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
        }
    }

    private static async Task AddAsync(TarWriter tar, string path, CachePlaces places, Action<string> leftOut, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (!JobFile.IsReachable(path))
        {
            leftOut(path);
            return;
        }

        FileSystemInfo info = new FileInfo(path);
        var link = info.LinkTarget;
        var isFolder = link is null && info.Attributes.HasFlag(FileAttributes.Directory);
        if (link is null && !isFolder && !Posix.IsRegularFile(path)) return;
        var type = link is not null ? TarEntryType.SymbolicLink : isFolder ? TarEntryType.Directory : TarEntryType.RegularFile;
        var entry = new PaxTarEntry(type, places.NameOf(path) + (isFolder ? "/" : ""))
        {
            Mode = info.UnixFileMode & Permissions,
            ModificationTime = new DateTimeOffset(info.LastWriteTimeUtc),
        };
        if (link is not null) entry.LinkName = link;
        if (type != TarEntryType.RegularFile)
        {
            await tar.WriteEntryAsync(entry, cancel);
            if (!isFolder) return;
            foreach (var inner in Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal)) await AddAsync(tar, inner, places, leftOut, cancel);
            return;
        }

        await using var file = JobFile.Open(path);
        var length = file.Length;
        entry.DataStream = file;
        await tar.WriteEntryAsync(entry, cancel);

        // The archive says how long the file is before its bytes: one that was written to meanwhile spoils it.
        if (file.Length != length) throw new IOException($"{path} changed while it was archived");
    }

    private static async Task WriteFileAsync(string target, TarEntry entry, CancellationToken cancel)
    {
        await using (var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write))
        {
            if (entry.DataStream is { } from) await from.CopyToAsync(to, CopyBytes, cancel);
        }

        File.SetUnixFileMode(target, entry.Mode & Permissions);
        File.SetLastWriteTimeUtc(target, entry.ModificationTime.UtcDateTime);
    }

    /// <summary>Neither written through a link nor into a file that a program runs or only reads.</summary>
    private static void MakeRoom(string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Delete(target);
    }

    private static IEnumerable<string> Above(string path)
    {
        for (var at = path.LastIndexOf('/'); at > 0; at = path.LastIndexOf('/', at - 1)) yield return path[..at];
    }
}
