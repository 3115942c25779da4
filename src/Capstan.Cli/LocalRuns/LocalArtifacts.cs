using Capstan.Runner.Artifacts;

namespace Capstan.Cli.LocalRuns;

/// <summary>Where the artifacts of <c>capstan run</c> are kept: a folder for each workflow, in <c>--artifacts-dir</c> or, below the user's cache, in one for the repository.</summary>
internal static class LocalArtifacts
{
    /// <param name="workingTree">Its root.</param>
    /// <param name="file">Of the workflow.</param>
    public static FolderArtifacts Of(RunOptions options, string workingTree, string file, TimeProvider clock)
    {
        var folder = options.ArtifactsFolder is { } given
            ? Path.GetFullPath(given, Path.GetFullPath(options.Folder))
            : UserCache.Folder("artifacts", Path.GetFileName(workingTree));
        return new FolderArtifacts(Path.Combine(folder, Path.GetFileNameWithoutExtension(file)), clock);
    }
}
