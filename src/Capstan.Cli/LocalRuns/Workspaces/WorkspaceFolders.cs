using Capstan.Cli.LocalRuns.Views;
using Capstan.Orchestration.Local;
using Capstan.Runner.Jobs;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>Where the jobs of one call of <c>capstan run</c> work: a temporary folder with one for each job, removed at the end.</summary>
internal sealed class WorkspaceFolders : IDisposable
{
    private readonly RunOptions options;
    private readonly string workingTree;
    private readonly string root;
    private readonly Action<string> report;
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
    public JobFolder ForJob(RunTag run, LocalJob job)
    {
        var folder = Path.Combine(root, $"{run.Id}-{job.Key.Replace('/', '-')}-{Interlocked.Increment(ref jobs)}");
        var name = Path.GetFileName(workingTree);
        var workspace = options.InPlace ? workingTree : Path.Combine(folder, "work", name, name);
        Directory.CreateDirectory(workspace);
        Directory.CreateDirectory(Path.Combine(folder, "temp"));
        return new JobFolder(options.Keep ? null : folder, workspace, Path.Combine(folder, "temp"), ToolCache());
    }

    public void Dispose()
    {
        if (!options.Keep)
        {
            if (FolderRemoval.Remove(root) is { } left)
            {
                report($"The workspaces in {root} could not be removed: {left}");
            }
        }
    }

    /// <summary>Kept between runs: what an action installs there is meant to be found again.</summary>
    private static string ToolCache() => UserCache.Folder("tools");
}

/// <param name="removed">What to remove when the job has ended; null to keep it.</param>
internal sealed class JobFolder(string? removed, string workspace, string temp, string toolCache) : IDisposable
{
    public string Workspace { get; } = workspace;

    public string Temp { get; } = temp;

    public string ToolCache { get; } = toolCache;

    public void Dispose()
    {
        // What is left here is reported when the folder above goes.
        if (removed is not null)
        {
            _ = FolderRemoval.Remove(removed);
        }
    }
}
