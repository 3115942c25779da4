using System.Globalization;
using Capstan.Runner.Commands;

namespace Capstan.Runner.Agent;

/// <summary>The folders that a runner keeps for the next jobs of each repository. Thread-safe.</summary>
internal sealed class RepositorySpares(string root)
{
    /// <summary>What is kept, a few small files a job, goes when the runner stops; a runner of all the world's repositories must not fill its disk with it.</summary>
    private const int MostRepositories = 50;

    private readonly Lock gate = new();
    private readonly Dictionary<string, SpareFolders> all = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Null: nothing is kept for this repository.</summary>
    public SpareFolders? Of(string repository)
    {
        lock (gate)
        {
            if (all.TryGetValue(repository, out var known)) return known;
            if (repository.Length == 0 || all.Count == MostRepositories) return null;
            return all[repository] = new SpareFolders(Path.Combine(root, (all.Count + 1).ToString(CultureInfo.InvariantCulture)));
        }
    }
}
