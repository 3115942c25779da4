using System.Text;

namespace Capstan.Cli.Plans;

/// <summary>A job in a tree of jobs.</summary>
/// <param name="Needs">Keys of other jobs of the tree.</param>
/// <param name="Details">Lines below the head.</param>
/// <param name="Called">The jobs that it calls: a tree of their own, inside the job.</param>
internal sealed record JobBranch(string Key, IReadOnlyList<string> Needs, string Head, IReadOnlyList<string> Details, IReadOnlyList<JobBranch> Called);

/// <summary>
/// Draws jobs by what they wait for. A job hangs below the one that it waits for last: of several the one that has most before it. The others are for its head to name.
/// </summary>
internal static class JobTree
{
    public static void Draw(StringBuilder text, string indent, IReadOnlyList<JobBranch> jobs)
    {
        var below = Children(jobs);
        DrawAll(text, indent, [.. below[""]], below);
    }

    private static void DrawAll(StringBuilder text, string indent, List<JobBranch> jobs, ILookup<string, JobBranch> below)
    {
        for (var index = 0; index < jobs.Count; index++)
        {
            var isLast = index == jobs.Count - 1;
            var children = below[jobs[index].Key].ToList();
            var inner = indent + (isLast ? "   " : "│  ");
            text.Append(indent).Append(isLast ? "└─ " : "├─ ").Append(jobs[index].Head).Append('\n');
            var inside = inner + (children.Count > 0 ? "│  " : "   ");
            foreach (var line in jobs[index].Details)
            {
                text.Append(inside).Append(line).Append('\n');
            }

            Draw(text, inside, jobs[index].Called);
            DrawAll(text, inner, children, below);
        }
    }

    /// <summary>Under each job's key the jobs that hang below it; under the empty key those that wait for nothing.</summary>
    private static ILookup<string, JobBranch> Children(IReadOnlyList<JobBranch> jobs)
    {
        var byKey = jobs.ToDictionary(job => job.Key, StringComparer.OrdinalIgnoreCase);
        var depths = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        return jobs.ToLookup(job => job.Needs.OrderBy(Depth).LastOrDefault() ?? "", StringComparer.OrdinalIgnoreCase);

        int Depth(string key)
        {
            if (!depths.TryGetValue(key, out var depth))
            {
                var needs = byKey[key].Needs;
                depths[key] = depth = needs.Count == 0 ? 0 : 1 + needs.Max(Depth);
            }

            return depth;
        }
    }
}
