namespace Capstan.Runner.Jobs;

/// <summary>Removes the folders of ended jobs with all that jobs put there, also what they made read-only. Links are removed, never followed.</summary>
public static class FolderRemoval
{
    /// <returns>Why something is left; null when nothing is. Never throws for what stands in the folder.</returns>
    public static string? Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RemoveReadOnly(folder);
        }
    }

    /// <summary>Removes what stands in a folder; what its links lead to stays.</summary>
    /// <returns>Why something is left; null when nothing is.</returns>
    public static string? Empty(string folder)
    {
        try
        {
            string? left = null;
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

    private static string? RemoveReadOnly(string folder)
    {
        try
        {
            MakeWritable(new DirectoryInfo(folder));
            Directory.Delete(folder, recursive: true);
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody was faster.
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
