namespace Capstan.Server.Git;

/// <summary>Which paths differ between two trees: only folders that differ are read. A renamed file counts as its old and its new path.</summary>
internal sealed class TreeDiff
{
    private readonly ObjectReader reader;
    private readonly int maxPaths;
    private readonly List<string> changed = [];

    private TreeDiff(ObjectReader reader, int maxPaths)
    {
        this.reader = reader;
        this.maxPaths = maxPaths;
    }

    /// <param name="before">A tree's name, or <see cref="ObjectName.EmptyTree"/>.</param>
    /// <returns>The first <paramref name="maxPaths"/> paths in git's order; null when a folder is too large to be compared.</returns>
    public static async Task<IReadOnlyList<string>?> ReadAsync(ObjectReader reader, string before, string after, int maxPaths, CancellationToken cancellationToken)
    {
        var diff = new TreeDiff(reader, maxPaths);
        return await diff.CompareAsync(before, after, "", cancellationToken) ? diff.changed : null;
    }

    private async Task<bool> CompareAsync(string? before, string? after, string folder, CancellationToken cancellationToken)
    {
        if (before == after || changed.Count >= maxPaths)
            return true;
        if (await EntriesAsync(before, cancellationToken) is not { } old || await EntriesAsync(after, cancellationToken) is not { } now)
            return false;
        foreach (var (was, isNow) in Pair(old, now))
        {
            if (changed.Count >= maxPaths)
                return true;
            if (was?.Sha == isNow?.Sha && was?.Mode == isNow?.Mode)
                continue;
            var path = folder + (was ?? isNow)!.Name;

            // A file that became a folder is a change of the file, and of everything in the folder.
            if (was is { IsFolder: false } || isNow is { IsFolder: false })
                changed.Add(path);
            var (oldFolder, newFolder) = (was is { IsFolder: true } ? was.Sha : null, isNow is { IsFolder: true } ? isNow.Sha : null);
            if ((oldFolder ?? newFolder) is not null && !await CompareAsync(oldFolder, newFolder, path + "/", cancellationToken))
                return false;
        }

        return true;
    }

    private async Task<IReadOnlyList<TreeEntry>?> EntriesAsync(string? tree, CancellationToken cancellationToken)
    {
        if (tree is null or ObjectName.EmptyTree)
            return [];
        return await reader.ReadAsync(tree, TreeEntry.MaxTreeBytes, cancellationToken) switch
        {
            ObjectRead.Found found => TreeEntry.Parse(found.Object.Content),
            ObjectRead.TooLarge => null,
            _ => throw new InvalidDataException($"The tree {tree} is missing in the repository."),
        };
    }

    private static IEnumerable<(TreeEntry? Was, TreeEntry? IsNow)> Pair(IReadOnlyList<TreeEntry> old, IReadOnlyList<TreeEntry> now)
    {
        var before = old.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        var after = now.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        return before.Keys.Union(after.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => (before.GetValueOrDefault(name), after.GetValueOrDefault(name)));
    }
}
