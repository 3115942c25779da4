using System.IO.Compression;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Artifacts;

/// <summary>
/// The zip that an artifact is. It is written and read as a stream: memory does not grow with the files. It keeps names and contents; what a link leads to is in its place, and every
/// file is rw-r--r-- afterwards.
/// Source: https://github.com/actions/upload-artifact#permission-loss
/// </summary>
internal static class ArtifactArchive
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>A regular file, rw-r--r--, where zips keep the mode.</summary>
    private const int UnixFile = unchecked((int)0x81A4_0000);

    /// <summary>The first year that a zip can say.</summary>
    private static readonly DateTimeOffset Earliest = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Latest = new(2107, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Writes all files; the stream stays open.</summary>
    /// <param name="level">0 to 9, as zlib counts.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task WriteAsync(Stream output, ArtifactFiles files, int level, CancellationToken cancel)
    {
        await using var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancel);
        foreach (var file in files.Files)
        {
            var entry = zip.CreateEntry(files.NameOf(file), LevelOf(level));
            entry.ExternalAttributes = UnixFile;
            var written = new DateTimeOffset(File.GetLastWriteTimeUtc(file));
            entry.LastWriteTime = written < Earliest ? Earliest : written > Latest ? Latest : written;
            await using var from = JobFile.Open(file);
            await using var to = await entry.OpenAsync(cancel);
            await from.CopyToAsync(to, CopyBytes, cancel);
        }
    }

    /// <summary>Unpacks into a folder. What is there and has the same name is replaced; nothing is written outside.</summary>
    /// <returns>Files.</returns>
    /// <exception cref="StepFailure">It is no zip, or one that means to write elsewhere.</exception>
    public static async Task<int> ExtractAsync(string file, string folder, CancellationToken cancel)
    {
        try
        {
            await using var zip = await ZipFile.OpenReadAsync(file, cancel);
            Directory.CreateDirectory(folder);
            var count = 0;
            foreach (var entry in zip.Entries)
            {
                var target = TargetOf(entry.FullName, folder);
                if (entry.FullName.EndsWith('/'))
                {
                    Directory.CreateDirectory(target);
                    continue;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                await using var from = await entry.OpenAsync(cancel);
                await using var to = File.Create(Replaced(target));
                await from.CopyToAsync(to, CopyBytes, cancel);
                count++;
            }

            return count;
        }
        catch (InvalidDataException broken)
        {
            throw new StepFailure("The artifact is no zip archive that can be read: " + broken.Message);
        }
    }

    /// <summary>What was uploaded by anybody's program may call a file <c>../../x</c>.</summary>
    private static string TargetOf(string name, string folder)
    {
        var target = name.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(name.Replace('\\', '/'), folder);
        return target.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? target
            : throw new StepFailure($"Malformed extraction path: '{name}' in the artifact leads out of the folder it is unpacked into");
    }

    /// <summary>A link in the file's place would lead the bytes to where it leads, a pipe would wait for a reader.</summary>
    private static string Replaced(string target)
    {
        if (!Posix.IsRegularFile(target)) File.Delete(target);
        return target;
    }

    private static CompressionLevel LevelOf(int level) => level switch
    {
        0 => CompressionLevel.NoCompression,
        < 4 => CompressionLevel.Fastest,
        9 => CompressionLevel.SmallestSize,
        _ => CompressionLevel.Optimal,
    };
}
