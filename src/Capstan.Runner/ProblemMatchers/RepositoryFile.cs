using Capstan.Runner.Steps;

namespace Capstan.Runner.ProblemMatchers;

/// <summary>
/// Where a file that a program named lies in the run's repository. Only such a file can be shown beside an annotation: one of another repository, or one that is not
/// there, would be shown at a place that has nothing to do with it. Remembers what it found about folders. Not thread-safe.
/// </summary>
/// <param name="repository">owner/name.</param>
internal sealed class RepositoryFile(string workspace, string repository)
{
    private const int MaxConfigBytes = 1024 * 1024;

    private readonly Dictionary<string, string?> roots = new(StringComparer.Ordinal);

    /// <param name="file">As the program named it; relative to the folder of <paramref name="fromPath"/>, else to the workspace.</param>
    /// <returns>Relative to the repository, with slashes; null when it is not in it.</returns>
    public string? Find(string file, string? fromPath)
    {
        try
        {
            var folder = string.IsNullOrWhiteSpace(fromPath) ? "" : Path.GetDirectoryName(fromPath) ?? "";
            var path = Path.GetFullPath(Path.Combine(folder, file), workspace);
            if (!File.Exists(path) || Path.GetDirectoryName(path) is not { } parent) return null;
            return RootOf(parent) is { } root ? Path.GetRelativePath(root, path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Not the name of a file.
            return null;
        }
    }

    /// <returns>The root of the run's repository; null when the folder lies in another one, or outside of the workspace.</returns>
    private string? RootOf(string folder)
    {
        if (roots.TryGetValue(folder, out var known)) return known;
        string? root = null;
        if (folder == workspace || folder.StartsWith(workspace + "/", StringComparison.Ordinal))
        {
            // A submodule has a file there: its files are shown with the repository's own.
            var config = Path.Combine(folder, ".git", "config");
            if (File.Exists(config)) root = IsOther(config) ? null : folder;
            else root = folder == workspace ? workspace : RootOf(Path.GetDirectoryName(folder)!);
        }

        return roots[folder] = root;
    }

    /// <summary>Whether a configuration of git says that the working tree is from another repository.</summary>
    private bool IsOther(string config)
    {
        var lines = JobFile.ReadText(config, MaxConfigBytes)?.Split('\n') ?? [];
        var addresses = lines.Select(line => line.Trim()).Where(line => line.StartsWith("url = ", StringComparison.Ordinal)).Select(NameOf).ToList();
        return addresses.Count > 0 && !addresses.Exists(name => name.EndsWith("/" + repository, StringComparison.OrdinalIgnoreCase));
    }

    private static string NameOf(string line)
    {
        var address = line["url = ".Length..].TrimEnd('/').Replace(':', '/');
        return address.EndsWith(".git", StringComparison.Ordinal) ? address[..^4] : address;
    }
}
