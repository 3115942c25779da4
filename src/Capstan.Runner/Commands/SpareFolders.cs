using System.Collections.Concurrent;
using System.Globalization;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Commands;

/// <summary>
/// Temporary folders of ended jobs for the next ones, so that a short job makes and removes hardly a file: a file system looks long for room beside what was removed a
/// moment ago, which was a third of the runner's time for a job of one step. A folder is kept only when no process of its job is left, and everything in it is as it was
/// made and empty. Thread-safe; one for the jobs of a repository, so that not even what nobody thought of passes from one repository to another.
/// </summary>
/// <param name="root">Its own, on the same file system as the jobs' folders. Made when it is needed.</param>
internal sealed class SpareFolders(string root)
{
    private readonly ConcurrentBag<Spare> spares = [];
    private int last;

    /// <summary>Gives a kept folder a new place, which must not exist yet.</summary>
    /// <param name="folder">That of the command files in it.</param>
    /// <returns>The command files that are in it; null when none is kept.</returns>
    public StepFiles? TryTake(string temp, string folder, string eventFile)
    {
        if (!spares.TryTake(out var spare)) return null;
        try
        {
            Directory.Move(spare.Folder, temp);
            var files = spare.Files.MovedTo(temp, folder);

            // A job in another slot, which shares the user, may have changed it while it lay there.
            if (TryReduce(temp, files, eventFile)) return files;
            _ = FolderRemoval.Remove(temp);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ = FolderRemoval.Remove(spare.Folder);
        }

        return null;
    }

    /// <summary>Keeps a job's folder.</summary>
    /// <param name="files">The command files that stay in it.</param>
    /// <param name="eventFile">Stays, too.</param>
    /// <returns>False when it is not as it was made; what is left of it is to be removed.</returns>
    public bool TryAdd(string temp, StepFiles files, string eventFile)
    {
        try
        {
            if (!TryReduce(temp, files, eventFile)) return false;
            var folder = Path.Combine(root, Interlocked.Increment(ref last).ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(root);
            Directory.Move(temp, folder);
            spares.Add(new Spare(folder, files));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Empties the files that stay, and removes everything else.</summary>
    /// <returns>False when something that stays is not as it was made.</returns>
    private static bool TryReduce(string temp, StepFiles files, string eventFile) =>
        files.Blank() is { } blank && Posix.IsFileAsMade(eventFile) && JobFile.TryBlank(eventFile) && TryReduceTo(temp, [.. blank, eventFile]);

    /// <summary>Removes everything but some files and the folders that they are in.</summary>
    private static bool TryReduceTo(string temp, IReadOnlyList<string> kept)
    {
        var folders = kept.Select(file => Path.GetDirectoryName(file)!).Append(temp).ToHashSet(StringComparer.Ordinal);
        if (!folders.All(Posix.IsFolderAsMade)) return false;
        var stay = kept.Concat(folders).ToHashSet(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            var others = Others(folder, stay);
            foreach (var other in others) Remove(other);

            // A name that is no UTF-8 is listed with another one, under which nothing is removed.
            if (others.Count > 0 && Others(folder, stay).Count > 0) return false;
        }

        return true;
    }

    private static List<FileSystemInfo> Others(string folder, HashSet<string> stay) =>
        [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => !stay.Contains(entry.FullName))];

    private static void Remove(FileSystemInfo entry)
    {
        if (entry is DirectoryInfo { LinkTarget: null }) _ = FolderRemoval.Remove(entry.FullName);
        else entry.Delete();
    }

    private readonly record struct Spare(string Folder, StepFiles Files);
}
