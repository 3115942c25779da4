using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The graph of <c>needs</c>: a job to start with, no unknown names, no circles. Linear in jobs and needs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
/// </summary>
internal sealed class NeedsCheck(IReadOnlyList<JobDefinition> jobs, Findings findings)
{
    private readonly Dictionary<string, JobDefinition> byId = Index(jobs);
    private readonly Dictionary<JobDefinition, bool> done = new(ReferenceEqualityComparer.Instance);

    /// <param name="jobsPlace">Where the mapping of jobs begins.</param>
    /// <param name="complete">Whether all jobs of the file could be read; if not, names may be unknown only because their job was refused.</param>
    /// <returns>The jobs, with every need spelled as the job it names.</returns>
    public IReadOnlyList<JobDefinition> Run(Place jobsPlace, bool complete)
    {
        if (jobs.All(job => job.Needs.Count > 0))
        {
            if (complete)
                findings.Error(jobsPlace, "no-start", "The workflow must contain at least one job with no dependencies");
            return jobs;
        }

        foreach (var job in jobs)
            ReportUnknown(job);
        foreach (var job in jobs)
            Visit(job);
        return [.. jobs.Select(Spelled)];
    }

    private JobDefinition Spelled(JobDefinition job)
    {
        var needs = new string[job.Needs.Count];
        for (var need = 0; need < needs.Length; need++)
            needs[need] = byId.TryGetValue(job.Needs[need], out var needed) ? needed.Id : job.Needs[need];
        return needs.Length == 0 ? job : job with { Needs = needs };
    }

    private static Dictionary<string, JobDefinition> Index(IReadOnlyList<JobDefinition> jobs)
    {
        var index = new Dictionary<string, JobDefinition>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in jobs)
            index.TryAdd(job.Id, job);
        return index;
    }

    private void ReportUnknown(JobDefinition job)
    {
        for (var need = 0; need < job.Needs.Count; need++)
        {
            if (!byId.ContainsKey(job.Needs[need]))
            {
                findings.Error(
                    job.NeedsPlaces[need],
                    "needs",
                    $"Job '{job.Id}' depends on unknown job '{Suggestion.Show(job.Needs[need])}'{Suggestion.For(job.Needs[need], byId.Keys)}");
            }
        }
    }

    /// <summary>Depth first with a stack of its own: a chain of a thousand jobs must not exhaust the thread's.</summary>
    private void Visit(JobDefinition start)
    {
        if (!done.TryAdd(start, false))
            return;

        var path = new Stack<Visited>();
        path.Push(new Visited(start));
        while (path.TryPeek(out var current))
        {
            if (current.Next == current.Job.Needs.Count)
            {
                done[current.Job] = true;
                path.Pop();
                continue;
            }

            var need = current.Next++;
            if (!byId.TryGetValue(current.Job.Needs[need], out var needed))
                continue;
            if (done.TryAdd(needed, false))
                path.Push(new Visited(needed));
            else if (!done[needed])
                ReportCircle(current.Job, need);
        }
    }

    /// <summary>A job on the path, and which of its needs is looked at next.</summary>
    private sealed class Visited(JobDefinition job)
    {
        public JobDefinition Job { get; } = job;

        public int Next { get; set; }
    }

    private void ReportCircle(JobDefinition job, int need) => findings.Error(
        job.NeedsPlaces[need],
        "needs",
        $"Job '{job.Id}' depends on job '{job.Needs[need]}' which creates a cycle in the dependency graph");
}
