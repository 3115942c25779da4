using Capstan.Runner.Files;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Actions;

/// <summary>
/// The job's own copies of the actions that it fetched: an action may write beside its files, and what it leaves there is for neither the jobs beside nor those after it.
/// Used from the job's thread.
/// </summary>
/// <param name="root">Absolute; made when it is needed, removed by who runs the job.</param>
internal sealed class ActionCopies(string root)
{
    /// <summary>A copy of all files of a commit; the same at every call. Links stay links, modes stay.</summary>
    /// <param name="name"><c>owner/repo</c>.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Of(string name, Fetched.Files files)
    {
        var own = Path.Combine(root, name.ToLowerInvariant(), files.Commit);
        if (Directory.Exists(own)) return own;

        // Whole or not there: a copy that a full disk broke off must not be taken for one.
        var incoming = own + ".incoming";
        try
        {
            Copy(new DirectoryInfo(files.Folder), incoming);
            Directory.Move(incoming, own);
        }
        finally
        {
            if (Directory.Exists(incoming)) _ = FolderRemoval.Remove(incoming);
        }

        return own;
    }

    /// <summary>A folder in a repository; null when links lead out of the repository.</summary>
    public static string? Inside(string repository, string path)
    {
        var folder = Path.Combine(repository, path).TrimEnd('/');
        if (Posix.RealPath(folder) is not { } real || Posix.RealPath(repository) is not { } top) return folder;
        return real == top || real.StartsWith(top + "/", StringComparison.Ordinal) ? folder : null;
    }

    private static void Copy(DirectoryInfo from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in from.EnumerateFileSystemInfos())
        {
            var target = Path.Combine(to, entry.Name);
            if (entry.LinkTarget is { } link) File.CreateSymbolicLink(target, link);
            else if (entry is DirectoryInfo folder) Copy(folder, target);
            else File.Copy(entry.FullName, target);
        }
    }
}
