using System.Text;

namespace Capstan.Cli.Plans;

/// <summary>A job in a tree of jobs.</summary>
/// <param name="Needs">Keys of other jobs of the tree.</param>
/// <param name="Details">Lines below the head.</param>
/// <param name="Called">The jobs that it calls: a tree of their own, inside the job.</param>
internal sealed record JobBranch(string Key, IReadOnlyList<string> Needs, string Head, IReadOnlyList<string> Details, IReadOnlyList<JobBranch> Called);

/// <summary>
/// Draws jobs by what they wait for. A job hangs below the one that it waits for last: of several the one that has most before it. The others are for its head to name.
/// Below <see cref="MaxLevels"/> levels jobs stand one below the other, each with the job that it waits for, or else a long chain would leave the screen and grow with its square.
/// </summary>
internal static class JobTree
{
    /// <summary>Jobs that wait for one another, drawn each further to the right than the one before.</summary>
    public const int MaxLevels = 12;

    public static void Draw(StringBuilder text, string indent, IReadOnlyList<JobBranch> jobs)
    {
        var below = Children(jobs);
        DrawAll(text, indent, [.. below[""]], below, level: 1);
    }

    private static void DrawAll(StringBuilder text, string indent, List<JobBranch> jobs, ILookup<string, JobBranch> below, int level)
    {
        var isFlat = level == MaxLevels;
        var lines = isFlat ? WithAllBelow(jobs, below) : jobs;
        for (var index = 0; index < lines.Count; index++)
        {
            var job = lines[index];
            var isLast = index == lines.Count - 1;
            List<JobBranch> children = isFlat ? [] : [.. below[job.Key]];
            var inner = indent + (isLast ? "   " : "│  ");
            text.Append(indent).Append(isLast ? "└─ " : "├─ ").Append(job.Head);
            if (isFlat && job.Needs.Count == 1)
            {
                text.Append("  after ").Append(job.Needs[0]);
            }

            text.Append('\n');
            var inside = inner + (children.Count > 0 ? "│  " : "   ");
            foreach (var line in job.Details)
            {
                text.Append(inside).Append(line).Append('\n');
            }

            Draw(text, inside, job.Called);
            DrawAll(text, inner, children, below, level + 1);
        }
    }

    /// <summary>Each job with all that hangs below it right behind it.</summary>
    private static List<JobBranch> WithAllBelow(List<JobBranch> jobs, ILookup<string, JobBranch> below)
    {
        var all = new List<JobBranch>();
        var open = new Stack<JobBranch>(jobs.AsEnumerable().Reverse());
        while (open.TryPop(out var job))
        {
            all.Add(job);
            foreach (var child in below[job.Key].Reverse())
            {
                open.Push(child);
            }
        }

        return all;
    }

    /// <summary>Under each job's key the jobs that hang below it; under the empty key those that wait for nothing.</summary>
    private static ILookup<string, JobBranch> Children(IReadOnlyList<JobBranch> jobs)
    {
        var depths = Depths(jobs);
        return jobs.ToLookup(job => job.Needs.OrderBy(need => depths[need]).LastOrDefault() ?? "", StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>How many jobs are before each, on the longest way. Without recursion: a file has room for a chain that no stack has.</summary>
    private static Dictionary<string, int> Depths(IReadOnlyList<JobBranch> jobs)
    {
        var depths = jobs.ToDictionary(job => job.Key, _ => 0, StringComparer.OrdinalIgnoreCase);
        var open = jobs.ToDictionary(job => job.Key, job => job.Needs.Count, StringComparer.OrdinalIgnoreCase);
        var dependants = jobs.SelectMany(job => job.Needs.Select(need => (need, job))).ToLookup(pair => pair.need, pair => pair.job, StringComparer.OrdinalIgnoreCase);
        var ready = new Queue<JobBranch>(jobs.Where(job => job.Needs.Count == 0));
        while (ready.TryDequeue(out var job))
        {
            foreach (var dependant in dependants[job.Key])
            {
                depths[dependant.Key] = Math.Max(depths[dependant.Key], depths[job.Key] + 1);
                if (--open[dependant.Key] == 0)
                {
                    ready.Enqueue(dependant);
                }
            }
        }

        return depths;
    }
}
