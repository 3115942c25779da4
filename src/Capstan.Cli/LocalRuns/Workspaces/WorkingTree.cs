using System.Text;
using Capstan.Cli.LocalRuns.Git;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;
using Capstan.Workflows;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>The files of a git working tree as a checkout would have them, with what was changed since: tracked, and untracked but not ignored.</summary>
/// <remarks>Safe for concurrent use: several jobs copy it at once.</remarks>
internal sealed class WorkingTree
{
    /// <summary>Fewer files than this are copied faster by one thread than others are started.</summary>
    private const int FilesWorthAThread = 64;

    private WorkingTree(GitFolder git, IReadOnlyList<string> files, IReadOnlySet<string> folders)
    {
        Git = git;
        Files = files;
        Folders = folders;
    }

    public GitFolder Git { get; }

    /// <summary>Relative to the root, with slashes.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>All folders that hold any of <see cref="Files"/>, parents before children; the root is the empty text.</summary>
    public IReadOnlySet<string> Folders { get; }

    /// <summary>Only git knows what it ignores: it is asked for the files, and its answer is what <see cref="Read"/> takes.</summary>
    public static ProgramOutput List(GitFolder git) => GitProcess.Start(git.Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard");

    /// <exception cref="CommandException">Git cannot list the files.</exception>
    public static WorkingTree Read(GitFolder git, ProgramOutput list)
    {
        var listing = list.Read()
            ?? throw CommandException.Environment($"git cannot list the files of {git.Root}. Does 'git status' work there?");
        var files = new List<string>();
        var folders = new HashSet<string>(StringComparer.Ordinal) { "" };
        foreach (var file in TextParts.Of(Encoding.UTF8.GetString(listing), '\0'))
        {
            // The last ends with a separator. A file with a merge conflict is listed once per side.
            if (file.Length > 0 && (files.Count == 0 || files[^1] != file))
            {
                files.Add(file);
                AddFolders(file, folders);
            }
        }

        return new WorkingTree(git, files, folders);
    }

    /// <summary>Writes the files into a folder, over what is there, with a <c>.git</c> that shares this repository's objects.</summary>
    /// <returns>How many files the tree has.</returns>
    public int CopyTo(string target)
    {
        foreach (var folder in Folders)
        {
            Directory.CreateDirectory(Path.Combine(target, folder));
        }

        var next = -1;
        void CopyRest()
        {
            int at;
            while ((at = Interlocked.Increment(ref next)) < Files.Count)
            {
                CopyFile(Path.Combine(Git.Root, Files[at]), Path.Combine(target, Files[at]));
            }
        }

        var others = new List<Task>();
        while (others.Count < Math.Min(Environment.ProcessorCount - 1, Files.Count / FilesWorthAThread))
        {
            others.Add(Task.Run(CopyRest));
        }

        try
        {
            CopyRest();
        }
        finally
        {
            // Nobody may write there any more when the caller gives up.
            if (others.Count > 0)
            {
                Task.WhenAll(others).GetAwaiter().GetResult();
            }
        }

        WorkspaceGit.Write(Git, Path.Combine(target, ".git"));
        return Files.Count;
    }

    /// <summary>Writes what was changed since a copy was made, and what the copy lacks, over it. What was removed since stays there.</summary>
    /// <returns>How many files those are.</returns>
    public int CopyChanged(string target, DateTimeOffset since)
    {
        var changed = Files.Where(file => IsNewer(file) || !Path.Exists(Path.Combine(target, file))).ToList();
        foreach (var file in changed)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, file))!);
            CopyFile(Path.Combine(Git.Root, file), Path.Combine(target, file));
        }

        return changed.Count;

        bool IsNewer(string file) => File.GetLastWriteTimeUtc(Path.Combine(Git.Root, file)) >= since.UtcDateTime;
    }

    /// <summary>Links stay links, modes are kept, blocks of large files are shared where the file system can. What is listed but gone or no file any more, and submodules, are left out.</summary>
    private static void CopyFile(string source, string target)
    {
        // A copy gets a time of access of its own, so that a reading shows.
        if (FileCopy.TryCopySmall(source, target, WorkspaceReads.NotRead))
        {
            return;
        }

        var info = new FileInfo(source);
        if (info.LinkTarget is { } link)
        {
            File.Delete(target);
            File.CreateSymbolicLink(target, link);
        }
        else if (FileCopy.IsFile(source))
        {
            FileCopy.CopyLarge(source, target, WorkspaceReads.NotRead);
        }
    }

    private static void AddFolders(string file, HashSet<string> folders)
    {
        for (var at = file.LastIndexOf('/'); at > 0; at = file.LastIndexOf('/', at - 1))
        {
            if (!folders.Add(file[..at]))
            {
                return;
            }
        }
    }
}
