namespace Capstan.Workflows.Lint;

/// <summary>What a file names in its own repository, each read once. Not thread-safe.</summary>
internal sealed class Neighbours(ILintFiles? files)
{
    private readonly Dictionary<string, LocalAction?> actions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CalledWorkflow> workflows = new(StringComparer.Ordinal);

    /// <param name="uses">The value of a step's <c>uses</c>.</param>
    /// <returns>Null for an action of another repository, and where no manifest is found (a job may check one out there).</returns>
    public LocalAction? FindAction(string uses)
    {
        if (files is null || LocalPath(uses) is not { } folder)
            return null;
        if (!actions.TryGetValue(folder, out var action))
            actions[folder] = action = files.FindAction(folder) is { } manifest ? LocalAction.Read(folder, manifest, files) : null;
        return action;
    }

    /// <param name="uses">The value of a job's <c>uses</c>.</param>
    public CalledWorkflow FindWorkflow(string uses)
    {
        if (files is null || LocalPath(uses) is not { } path || uses.Contains('@', StringComparison.Ordinal))
            return CalledWorkflow.Unknown;
        if (!workflows.TryGetValue(path, out var workflow))
            workflows[path] = workflow = files.FindWorkflow(path) is { } file ? CalledWorkflow.Read(file) : CalledWorkflow.Missing(path);
        return workflow;
    }

    /// <summary>The path behind <c>./</c> or <c>$/</c>, without what only repeats the root; null for anything else.</summary>
    private static string? LocalPath(string uses)
    {
        if (!uses.StartsWith("./", StringComparison.Ordinal) && !uses.StartsWith("$/", StringComparison.Ordinal))
            return null;
        var segments = uses.Split('/').Where(segment => segment is not ("" or "." or "$")).ToList();
        return segments.Contains("..") ? null : string.Join('/', segments);
    }
}
