using Capstan.Cli.LocalRuns.Resuming;
using Capstan.Orchestration.Local;
using Capstan.Runner.Files;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>Where the jobs of one call of <c>capstan run</c> work: a temporary folder with one for each job, removed at the end.</summary>
internal sealed class WorkspaceFolders : IDisposable
{
    /// <summary>Calls nest, and their keys with them; sockets and programs have limits for paths.</summary>
    private const int LongestName = 40;

    private readonly RunOptions options;
    private readonly string workingTree;
    private readonly string root;
    private readonly Action<string> report;
    private readonly List<JobFolder> folders = [];
    private int jobs;

    /// <param name="workingTree">Its root; also the workspace when running in place.</param>
    /// <param name="report">Told at the end what could not be removed: a run's result must not depend on it.</param>
    public WorkspaceFolders(RunOptions options, string workingTree, Action<string> report)
    {
        this.report = report;
        this.options = options;
        this.workingTree = workingTree;
        try
        {
            root = Directory.CreateTempSubdirectory("capstan-run-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Environment($"No folder for workspaces can be made in {Path.GetTempPath()}: {e.Message} Name another place with TMPDIR.");
        }
    }

    /// <summary>Kept after the end when that was asked for.</summary>
    public string Root => root;

    /// <summary>New folders for a job, named as a runner names them: the repository's name twice, since scripts rely on it.</summary>
    public JobFolder ForJob(LocalJob job)
    {
        var folder = Path.Combine(root, $"{Interlocked.Increment(ref jobs)}-{Plain(job.Key)}");
        var name = Path.GetFileName(workingTree);
        var workspace = options.InPlace ? workingTree : Path.Combine(folder, "work", name, name);
        Directory.CreateDirectory(workspace);
        Directory.CreateDirectory(Path.Combine(folder, "temp"));
        var made = new JobFolder(() => FolderRemoval.Remove(folder), folder, workspace, Path.Combine(folder, "temp"), ToolCache()) { IsKept = options.Keep };
        lock (folders)
        {
            folders.Add(made);
        }

        return made;
    }

    /// <summary>The folders of a job of an earlier call.</summary>
    public static JobFolder Again(KeptJob job) => new(() => KeptJobs.Remove(job), job.Folder, job.Workspace, job.Temp, ToolCache());

    public void Dispose()
    {
        // The folder of a job that is kept stays; every other has been removed when its job ended.
        if (folders.Exists(folder => folder.IsKept))
        {
            return;
        }

        if (FolderRemoval.Remove(root) is { } left)
        {
            report($"The workspaces in {root} could not be removed: {left}");
        }
    }

    /// <summary>A job's key as part of a path that scripts write without quotes and globs take literally: the brackets of a called workflow's keys would be patterns.</summary>
    private static string Plain(string key)
    {
        var letters = key[..Math.Min(key.Length, LongestName)].ToCharArray();
        for (var i = 0; i < letters.Length; i++)
        {
            letters[i] = char.IsAsciiLetterOrDigit(letters[i]) || letters[i] == '_' ? letters[i] : '-';
        }

        return new string(letters);
    }

    /// <summary>Kept between runs: what an action installs there is meant to be found again.</summary>
    private static string ToolCache() => UserCache.Folder("tools");
}

/// <param name="remove">Leaves what it cannot remove: that is reported when the folder above goes.</param>
internal sealed class JobFolder(Action remove, string folder, string workspace, string temp, string toolCache) : IDisposable
{
    public string Folder { get; } = folder;

    public string Workspace { get; } = workspace;

    public string Temp { get; } = temp;

    public string ToolCache { get; } = toolCache;

    /// <summary>Whether it outlives the job.</summary>
    public bool IsKept { get; set; }

    public void Dispose()
    {
        if (!IsKept)
        {
            remove();
        }
    }
}
