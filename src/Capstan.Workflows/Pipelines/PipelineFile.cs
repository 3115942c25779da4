namespace Capstan.Workflows.Pipelines;

/// <summary>
/// Which files are pipelines: the dialect of stages, told from GitHub's by the file's name; but what lies in <c>.github/workflows</c> is GitHub's, whatever its name.
/// docs/pipelines.md describes it.
/// </summary>
public static class PipelineFile
{
    /// <summary>Names in the root of a repository, in the order in which they are looked for. Each is a workflow of its own.</summary>
    public static IReadOnlyList<string> Names { get; } = [".capstan.yml", ".shipinator.yaml"];

    /// <param name="path">A file's name or path.</param>
    public static bool Is(string path) =>
        Names.Contains(path[(path.LastIndexOf('/') + 1)..], StringComparer.Ordinal) && !("/" + path).Contains("/.github/workflows/", StringComparison.Ordinal);
}
