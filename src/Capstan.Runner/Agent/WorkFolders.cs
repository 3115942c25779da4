using System.Globalization;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Agent;

/// <summary>The folders below an agent's work folder. Each execution has its own, which goes when it has ended.</summary>
internal sealed class WorkFolders(string root)
{
    public string Tools => Path.Combine(root, "tools");

    public string Lock => Path.Combine(root, ".lock");

    private string Executions => Path.Combine(root, "executions");

    public string Of(JobMessage job) => Path.Combine(Executions, job.ExecutionId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends and removes what a killed agent left behind. To be called while no job runs.</summary>
    public void RemoveLeftovers()
    {
        Directory.CreateDirectory(Executions);
        LeftProcesses.End(Executions);
        foreach (var folder in Directory.GetDirectories(Executions)) Remove(folder);
    }

    /// <summary>Removes a folder with all that jobs put there, also what they made read-only.</summary>
    /// <returns>Why something is left; null when nothing is.</returns>
    public static string? Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return RemoveReadOnly(folder);
        }
        catch (IOException)
        {
            return RemoveReadOnly(folder);
        }
    }

    private static string? RemoveReadOnly(string folder)
    {
        try
        {
            MakeWritable(new DirectoryInfo(folder));
            Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private static void MakeWritable(DirectoryInfo folder)
    {
        folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var inner in folder.GetDirectories())
        {
            if (inner.LinkTarget is null) MakeWritable(inner);
        }
    }
}
