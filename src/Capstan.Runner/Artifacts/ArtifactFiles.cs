using Capstan.Runner.Files;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Artifacts;

/// <summary>The files that an artifact is made of.</summary>
/// <param name="Files">Absolute, links followed; never folders: empty ones are not kept.</param>
/// <param name="Root">What is left out of their paths in the artifact.</param>
internal sealed record ArtifactFiles(IReadOnlyList<string> Files, string Root)
{
    /// <summary>
    /// The root is the folder that a single path names, the folder of a single file named without wildcards, else what all paths have in common.
    /// Source: https://github.com/actions/upload-artifact#upload-using-multiple-paths-and-exclusions
    /// </summary>
    /// <param name="log">Told what is not obvious.</param>
    /// <exception cref="StepFailure">A line is no pattern.</exception>
    public static ArtifactFiles Find(string path, string workspace, string home, bool hidden, Action<string> log, CancellationToken cancel)
    {
        var search = new PathSearch(path, workspace, home, implicitDescendants: true);
        var files = search.Find(folders: false, hidden, cancel);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files.Where(file => !seen.Add(file)))
        {
            log($"Uploads are case insensitive: {file} was detected that it will be overwritten by another file with the same path");
        }

        var paths = search.SearchPaths;
        if (paths.Count > 1)
        {
            var common = Common(paths);
            log("Multiple search paths detected. Calculating the least common ancestor of all paths");
            log($"The least common ancestor is {common}. This will be the root directory of the artifact");
            return new ArtifactFiles(files, common);
        }

        return files is [var only] && only == paths[0] ? new ArtifactFiles(files, Path.GetDirectoryName(only)!) : new ArtifactFiles(files, paths.Count == 0 ? workspace : paths[0]);
    }

    /// <summary>What the file is called in the artifact, with slashes.</summary>
    public string NameOf(string file) => file[Root.Length..].TrimStart('/');

    private static string Common(IReadOnlyList<string> paths)
    {
        var split = paths.Select(path => path.Split('/', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var common = split[0].TakeWhile((name, i) => split.TrueForAll(names => i < names.Length && names[i] == name));
        return "/" + string.Join('/', common);
    }
}
