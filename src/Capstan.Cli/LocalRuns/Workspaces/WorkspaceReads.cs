namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>
/// Notices that a job read the files its workspace was filled with. On a server such a job would find an empty folder, so it is told when it had no checkout.
/// </summary>
/// <remarks>
/// A file's time of access tells: a copy has its original's, and the first reading sets it, also where the system keeps such times rarely (<c>relatime</c>). Best effort:
/// where it keeps none (<c>noatime</c>), nothing is noticed. To watch the folders (inotify) would tell more, but to end watching takes the kernel 8 to 15 ms,
/// for which the end of this process would wait.
/// </remarks>
internal sealed class WorkspaceReads
{
    private const int MostFiles = 5000;

    private readonly string workspace;

    /// <summary>By the file system's clock, which is a little behind the system's.</summary>
    private readonly DateTime began;

    /// <summary>To be made when the copy has been written: the last thing that <see cref="WorkingTree.CopyTo"/> makes directly in its folder is <c>.git</c>.</summary>
    public WorkspaceReads(string workspace)
    {
        this.workspace = workspace;
        began = Directory.GetLastWriteTimeUtc(workspace);
    }

    /// <summary>One file of the tree that was read since, or null.</summary>
    public string? First(WorkingTree tree)
    {
        for (var i = 0; i < tree.Files.Count && i < MostFiles; i++)
        {
            // A link is made and not copied, so its time is that of the copy.
            var file = new FileInfo(Path.Combine(workspace, tree.Files[i]));
            if (file.Exists && file.LastAccessTimeUtc >= began && file.LinkTarget is null)
            {
                return tree.Files[i];
            }
        }

        return null;
    }
}
