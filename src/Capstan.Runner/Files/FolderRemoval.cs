using Capstan.Runner.Processes;

namespace Capstan.Runner.Files;

/// <summary>Removes the folders of ended jobs with all that jobs put there, also what they made read-only. Links are removed, never followed.</summary>
public static class FolderRemoval
{
    private static readonly TimeSpan LongestRemoval = new(0, 10, 0);

    /// <returns>Why something is left; null when nothing is. Never throws for what stands in the folder.</returns>
    public static string? Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Delete(new DirectoryInfo(folder));
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RemoveReadOnly(folder);
        }
    }

    /// <summary>
    /// Removes what stands in a folder of the workspace; what its links lead to stays. A job may have put a link in the place of the folder, or of one above it, which may
    /// lead to the machine's own files: then nothing is removed.
    /// </summary>
    /// <param name="workspace">Its path without links, of when the job began.</param>
    /// <returns>Why something is left; null when nothing is.</returns>
    public static string? Empty(string folder, string workspace)
    {
        try
        {
            string? left = null;
            if (Posix.RealPath(folder) is { } real && real != workspace && !real.StartsWith(workspace + "/", StringComparison.Ordinal) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                return $"'{folder}' leads to '{real}', which is not in the workspace and not empty: remove the link, or what it leads to, in a step before";
            }

            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo directory && directory.LinkTarget is null) left = Remove(directory.FullName) ?? left;
                else entry.Delete();
            }

            return left;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    /// <summary>
    /// The class library's own way lists entries as tuples, for which the runtime compiles code anew in every process: as long as a short job takes for everything else at its end.
    /// </summary>
    private static void Delete(DirectoryInfo folder)
    {
        if (folder.LinkTarget is null)
        {
            foreach (var entry in folder.EnumerateFileSystemInfos())
            {
                if (entry is DirectoryInfo inner) Delete(inner);
                else entry.Delete();
            }
        }

        folder.Delete();
    }

    private static string? RemoveReadOnly(string folder)
    {
        try
        {
            MakeWritable(new DirectoryInfo(folder));
            Delete(new DirectoryInfo(folder));
            return null;
        }
        catch (DirectoryNotFoundException) when (!Directory.Exists(folder))
        {
            // Somebody was faster.
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RemoveByProgram(folder) is null ? null : error.Message;
        }
    }

    /// <summary>Names that are no UTF-8 can be listed here and not opened; the system's own program takes them as they are.</summary>
    /// <returns>Why something is left; null when nothing is.</returns>
    private static string? RemoveByProgram(string folder)
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        if (ExecutableSearch.Find("rm", path, "/") is not { } program) return "rm: command not found on PATH";
        try
        {
            var start = new ProcessStart(program, ["rm", "-rf", "--", folder], new Dictionary<string, string>(StringComparer.Ordinal), "/");
            var answer = BoundedProgram.Run(start, LongestRemoval, static () => false);
            return answer.ExitCode == 0 ? null : answer.Errors;
        }
        catch (IOException error)
        {
            return error.Message;
        }
    }

    private static void MakeWritable(DirectoryInfo folder)
    {
        folder.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var inner in folder.GetDirectories())
        {
            if (inner.LinkTarget is null && Directory.Exists(inner.FullName)) MakeWritable(inner);
        }
    }
}
