using Capstan.Runner.Processes;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Files;

/// <summary>
/// Finds what the lines of a <c>path</c> mean, in their order: a later line takes away or adds to what earlier ones found. Links are followed; those that lead nowhere, or into a
/// folder that they stand in, are left out.
/// Source: https://github.com/actions/toolkit/tree/main/packages/glob
/// </summary>
internal sealed class PathSearch
{
    private readonly List<PathPattern> patterns = [];

    /// <param name="text">Lines; empty ones and those that begin with # say nothing.</param>
    /// <param name="folder">Absolute; where relative patterns begin.</param>
    /// <param name="implicitDescendants">A pattern that matches a folder matches all that is in it.</param>
    /// <exception cref="StepFailure">A line is no pattern.</exception>
    public PathSearch(string text, string folder, string home, bool implicitDescendants)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            var pattern = PathPattern.Parse(line, folder, home);
            patterns.Add(pattern);
            if (implicitDescendants && pattern.Descendants() is { } inside) patterns.Add(inside);
        }

        SearchPaths = Outermost(patterns.Where(pattern => !pattern.Negated).Select(pattern => pattern.SearchPath).ToList());
    }

    /// <summary>Where the search begins; none lies in another.</summary>
    public IReadOnlyList<string> SearchPaths { get; }

    /// <summary>What is found, absolute, each folder in the order of its names.</summary>
    /// <param name="folders">Whether folders that match are told, too.</param>
    /// <param name="hidden">Whether names that begin with a dot, and all below them, are looked at.</param>
    /// <param name="leftOut">Told what matches, or has to be looked into, and cannot be opened, because its name is no UTF-8.</param>
    /// <exception cref="OperationCanceledException">As asked.</exception>
    public IReadOnlyList<string> Find(bool folders, bool hidden, Action<string> leftOut, CancellationToken cancel)
    {
        var walk = new Walk(patterns, folders, hidden, leftOut, cancel);
        foreach (var path in SearchPaths) walk.Visit(path, []);
        return walk.Found;
    }

    private static List<string> Outermost(List<string> paths)
    {
        var outermost = new List<string>();
        foreach (var path in paths.Distinct(StringComparer.Ordinal))
        {
            if (!paths.Exists(other => other != path && (other == "/" || path.StartsWith(other + "/", StringComparison.Ordinal)))) outermost.Add(path);
        }

        return outermost;
    }

    private sealed class Walk(List<PathPattern> patterns, bool folders, bool hidden, Action<string> leftOut, CancellationToken cancel)
    {
        private readonly HashSet<string> above = new(StringComparer.Ordinal);

        public List<string> Found { get; } = [];

        public void Visit(string path, string[] known)
        {
            cancel.ThrowIfCancellationRequested();
            var names = known.Length > 0 ? known : path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (!hidden && names is [.., ['.', ..]]) return;
            if (Posix.RealPath(path) is not { } real)
            {
                if (!JobFile.IsReachable(path) && IsWanted(names)) leftOut(path);
                return;
            }

            var isFolder = Directory.Exists(real);
            var matches = Matches(names, isFolder);
            if (!isFolder)
            {
                if (matches) Found.Add(path);
                return;
            }

            if (matches && folders) Found.Add(path);
            if (!patterns.Exists(pattern => !pattern.Negated && pattern.MayMatchBelow(names))) return;
            if (!above.Add(real)) return;
            foreach (var entry in Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal)) Visit(entry, [.. names, Path.GetFileName(entry)]);
            above.Remove(real);
        }

        /// <summary>Of what may be a file or a folder, for all that is known.</summary>
        private bool IsWanted(string[] names) =>
            patterns.Exists(pattern => !pattern.Negated && (pattern.Matches(names) || pattern.MayMatchBelow(names)))
            && !patterns.Exists(pattern => pattern.Negated && pattern.Matches(names));

        private bool Matches(string[] names, bool isFolder)
        {
            var found = false;
            foreach (var pattern in patterns)
            {
                if (pattern.Negated == found && (isFolder || !pattern.FoldersOnly) && pattern.Matches(names)) found = !pattern.Negated;
            }

            return found;
        }
    }
}
