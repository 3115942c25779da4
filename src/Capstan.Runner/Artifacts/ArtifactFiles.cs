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
    /// <param name="path">The input of that name.</param>
    /// <param name="folder">Where relative patterns begin.</param>
    /// <param name="frame">Its log is told what is not obvious.</param>
    /// <exception cref="StepFailure">A line is no pattern.</exception>
    public static ArtifactFiles Find(StepFrame frame, string path, string folder, bool hidden, CancellationToken cancel)
    {
        var log = frame.Log.Write;
        var search = new PathSearch(path, folder, frame.Home, implicitDescendants: true);
        var files = search.Find(folders: false, hidden, lost => frame.Warn($"{lost} is left out of the artifact: its name is no UTF-8"), cancel);
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

        return files is [var only] && only == paths[0]
            ? new ArtifactFiles(files, Path.GetDirectoryName(only)!)
            : new ArtifactFiles(files, paths.Count == 0 ? folder : paths[0]);
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
