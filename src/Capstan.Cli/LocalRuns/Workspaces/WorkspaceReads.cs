namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>
/// Notices that a job read the files its workspace was filled with. On a server such a job would find an empty folder, so it is told when it had no checkout.
/// </summary>
/// <remarks>
/// A file's time of access tells: the copy is given one from long ago, and the first reading sets it, also where the system keeps such times rarely (<c>relatime</c>).
/// A file that was replaced counts as read, one that was read and then removed does not. Best effort: where the system keeps no times of access (<c>noatime</c>), nothing is noticed.
/// To watch the folders (inotify) would tell more, but to end the watching takes the kernel 8 to 15 ms, for which the end of this process would wait.
/// </remarks>
internal static class WorkspaceReads
{
    /// <summary>To look at a file takes some microseconds: less than a tenth of what its copying took, and after these it is enough.</summary>
    private const int MostFiles = 50_000;

    /// <summary>The time of access of a copy that nobody has read.</summary>
    public static readonly DateTime NotRead = DateTime.UnixEpoch;

    /// <summary>One file of the tree that was read in this copy of it, or null.</summary>
    public static string? First(WorkingTree tree, string workspace)
    {
        for (var i = 0; i < tree.Files.Count && i < MostFiles; i++)
        {
            // Links are made anew and have the time of that.
            var file = new FileInfo(Path.Combine(workspace, tree.Files[i]));
            if (file.Exists && file.LastAccessTimeUtc != NotRead && file.LinkTarget is null)
            {
                return tree.Files[i];
            }
        }

        return null;
    }
}
