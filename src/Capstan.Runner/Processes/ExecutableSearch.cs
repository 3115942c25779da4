using Capstan.Workflows;

namespace Capstan.Runner.Processes;

/// <summary>Finds programs as a shell would: names with a slash are paths, others are looked up on the given PATH.</summary>
internal static class ExecutableSearch
{
    private const int MayExecute = 1;

    /// <returns>The absolute path, or null when there is none that may be executed.</returns>
    public static string? Find(string name, string? path, string folder)
    {
        if (name.Length == 0) return null;
        if (name.Contains('/', StringComparison.Ordinal)) return Accept(Path.GetFullPath(name, folder));
        foreach (var entry in TextParts.Of(path ?? "", ':'))
        {
            if (entry.Length > 0 && Accept(Path.Combine(Path.GetFullPath(entry, folder), name)) is { } found) return found;
        }

        return null;
    }

    private static string? Accept(string path) => Posix.Access(path, MayExecute) == 0 && File.Exists(path) ? path : null;
}
