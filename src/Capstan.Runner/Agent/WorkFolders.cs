using System.Globalization;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Actions;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Agent;

/// <summary>The folders below an agent's work folder. Each execution has its own, which goes when it has ended.</summary>
internal sealed class WorkFolders(string root)
{
    public string Tools => Path.Combine(root, "tools");

    /// <summary>The cache of fetched actions.</summary>
    public string Actions => Path.Combine(root, "actions");

    /// <summary>For <see cref="RepositorySpares"/>.</summary>
    public string Spares => Path.Combine(root, "spares");

    private string Executions => Path.Combine(root, "executions");

    public string Of(JobMessage job) => Path.Combine(Executions, job.ExecutionId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Held as long as an agent works here; given back by the kernel when it ends. Null: another one does.</summary>
    public FileStream? TryLock()
    {
        Directory.CreateDirectory(root);
        try
        {
            return new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Ends and removes what a killed agent left behind, and the actions that are not used any more. To be called while no job runs.</summary>
    public void RemoveLeftovers()
    {
        Directory.CreateDirectory(Executions);
        LeftProcesses.End(Executions);
        foreach (var folder in Directory.GetDirectories(Executions)) _ = FolderRemoval.Remove(folder);
        _ = FolderRemoval.Remove(Spares);
        ActionCache.RemoveUnused(Actions);
    }
}
