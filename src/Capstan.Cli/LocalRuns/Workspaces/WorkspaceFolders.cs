using Capstan.Cli.LocalRuns.Views;
using Capstan.Orchestration.Local;

namespace Capstan.Cli.LocalRuns.Workspaces;

/// <summary>Where the jobs of one call of <c>capstan run</c> work: a temporary folder with one for each job, removed at the end.</summary>
internal sealed class WorkspaceFolders : IDisposable
{
    private readonly RunOptions options;
    private readonly string workingTree;
    private readonly string root;
    private int jobs;

    /// <param name="workingTree">Its root; also the workspace when running in place.</param>
    public WorkspaceFolders(RunOptions options, string workingTree)
    {
        this.options = options;
        this.workingTree = workingTree;
        root = Directory.CreateTempSubdirectory("capstan-run-").FullName;
    }

    /// <summary>Kept after the end when that was asked for.</summary>
    public string Root => root;

    /// <summary>New folders for a job, named as a runner names them: the repository's name twice, since scripts rely on it.</summary>
    public JobFolder ForJob(RunTag run, LocalJob job)
    {
        var folder = Path.Combine(root, $"{run.Id}-{job.Key}-{Interlocked.Increment(ref jobs)}");
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
            JobFolder.Remove(root);
        }
    }

    /// <summary>Kept between runs: what an action installs there is meant to be found again.</summary>
    private static string ToolCache() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "capstan", "tools");
}

/// <param name="removed">What to remove when the job has ended; null to keep it.</param>
internal sealed class JobFolder(string? removed, string workspace, string temp, string toolCache) : IDisposable
{
    public string Workspace { get; } = workspace;

    public string Temp { get; } = temp;

    public string ToolCache { get; } = toolCache;

    public void Dispose()
    {
        if (removed is not null)
        {
            Remove(removed);
        }
    }

    /// <summary>Also where a step made folders that nobody may write.</summary>
    internal static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody was faster.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            foreach (var inner in Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            {
                File.SetUnixFileMode(inner, File.GetUnixFileMode(inner) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            Directory.Delete(folder, recursive: true);
        }
    }
}
