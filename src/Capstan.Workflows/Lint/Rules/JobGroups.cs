using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Which jobs all wait for each other: the strongly connected components of <c>needs</c>, found in two walks over the graph. Without recursion, for a file has room for a chain that no
/// stack has. Linear in jobs and needs; not thread-safe.
/// Source: https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm
/// </summary>
internal sealed class JobGroups
{
    private readonly Dictionary<JobNode, int> groups = [];

    public JobGroups(WorkflowDocument document)
    {
        var dependants = document.Jobs.ToDictionary(job => job, _ => new List<JobNode>());
        foreach (var job in document.Jobs)
        {
            foreach (var need in NeedsOf(document, job))
                dependants[need].Add(job);
        }

        var finished = new List<JobNode>();
        var seen = new HashSet<JobNode>();
        foreach (var job in document.Jobs)
            Walk(job, next => NeedsOf(document, next), seen.Add, finished.Add);
        var group = 0;
        foreach (var job in Enumerable.Reverse(finished))
        {
            Walk(job, next => dependants[next], next => groups.TryAdd(next, group), _ => { });
            group++;
        }
    }

    /// <summary>Two jobs have the same group exactly when each waits for the other.</summary>
    public int Of(JobNode job) => groups[job];

    /// <summary>The jobs that a job names under <c>needs</c>, as far as they are there.</summary>
    public static IEnumerable<JobNode> NeedsOf(WorkflowDocument document, JobNode job) =>
        job.Needs.Select(need => document.JobsById.GetValueOrDefault(need.Text)).OfType<JobNode>();

    /// <summary>Depth first. <paramref name="enter"/> refuses a job that was entered before.</summary>
    private static void Walk(JobNode start, Func<JobNode, IEnumerable<JobNode>> follow, Func<JobNode, bool> enter, Action<JobNode> leave)
    {
        if (!enter(start))
            return;
        var open = new Stack<(JobNode Job, IEnumerator<JobNode> Next)>();
        open.Push((start, follow(start).GetEnumerator()));
        while (open.TryPeek(out var at))
        {
            if (!at.Next.MoveNext())
            {
                leave(open.Pop().Job);
                at.Next.Dispose();
            }
            else if (enter(at.Next.Current))
            {
                open.Push((at.Next.Current, follow(at.Next.Current).GetEnumerator()));
            }
        }
    }
}
