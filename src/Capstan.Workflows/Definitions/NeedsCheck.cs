using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The graph of <c>needs</c>: a job to start with, no unknown names, no circles. Every need is reported that keeps a job from ever starting. Linear in jobs
/// and needs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
/// </summary>
/// <param name="refused">Ids of jobs that are in the file and could not be read: who needs one of them is not told so a second time.</param>
internal sealed class NeedsCheck(IReadOnlyList<JobDefinition> jobs, IReadOnlySet<string> refused, Findings findings)
{
    private readonly Dictionary<string, Node> byId = Index(jobs, refused);

    /// <param name="jobsPlace">Where the mapping of jobs begins.</param>
    /// <returns>The jobs, with every need spelled as the job it names.</returns>
    public IReadOnlyList<JobDefinition> Run(Place jobsPlace)
    {
        var ready = new Queue<Node>(jobs.Count);
        foreach (var node in byId.Values)
        {
            if (node.OpenNeeds == 0)
                ready.Enqueue(node);
        }

        if (ready.Count == 0 && refused.Count == 0)
        {
            findings.Error(jobsPlace, "no-start", "The workflow must contain at least one job with no dependencies");
            return jobs;
        }

        Start(ready);
        var spelled = new List<JobDefinition>(jobs.Count);
        foreach (var job in jobs)
        {
            if (byId[job.Id] is { CanStart: false } node && ReferenceEquals(node.Job, job) && !findings.IsFull(Severity.Error))
                ReportNeeds(job);
            spelled.Add(Spelled(job));
        }

        return spelled;
    }

    private static Dictionary<string, Node> Index(IReadOnlyList<JobDefinition> jobs, IReadOnlySet<string> refused)
    {
        var index = new Dictionary<string, Node>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in jobs)
            index.TryAdd(job.Id, new Node(job, Readable(job.Needs, refused)));
        foreach (var node in index.Values)
        {
            foreach (var need in node.Needs)
            {
                if (index.TryGetValue(need, out var needed))
                    needed.Dependants.Add(node);
            }
        }

        return index;
    }

    private static List<string> Readable(IReadOnlyList<string> needs, IReadOnlySet<string> refused)
    {
        var readable = new List<string>(needs.Count);
        foreach (var need in needs)
        {
            if (!refused.Contains(need))
                readable.Add(need);
        }

        return readable;
    }

    /// <summary>Starts every job whose needs have all started, as a run would.</summary>
    private static void Start(Queue<Node> ready)
    {
        while (ready.TryDequeue(out var node))
        {
            node.CanStart = true;
            foreach (var dependant in node.Dependants)
            {
                if (--dependant.OpenNeeds == 0)
                    ready.Enqueue(dependant);
            }
        }
    }

    private void ReportNeeds(JobDefinition job)
    {
        for (var index = 0; index < job.Needs.Count && !findings.IsFull(Severity.Error); index++)
        {
            var need = job.Needs[index];
            if (refused.Contains(need))
                continue;
            if (!byId.TryGetValue(need, out var needed))
                findings.Error(
                    job.NeedsPlaces[index],
                    "needs",
                    $"Job '{job.Id}' depends on unknown job '{Suggestion.Show(need)}'{Suggestion.For(need, byId.Keys.Where(id => id != job.Id))}");
            else if (!needed.CanStart)
                findings.Error(
                    job.NeedsPlaces[index],
                    "needs",
                    $"Job '{job.Id}' depends on job '{need}' which can never start: its own needs form a cycle, or name an unknown job");
        }
    }

    private JobDefinition Spelled(JobDefinition job)
    {
        if (job.Needs.Count == 0)
            return job;
        var needs = new string[job.Needs.Count];
        for (var index = 0; index < needs.Length; index++)
            needs[index] = byId.TryGetValue(job.Needs[index], out var needed) ? needed.Job.Id : job.Needs[index];
        return job with { Needs = needs };
    }

    /// <summary>A job, those that wait for it, and how many it still waits for.</summary>
    private sealed class Node(JobDefinition job, IReadOnlyList<string> needs)
    {
        public JobDefinition Job { get; } = job;

        /// <summary>Without those that could not be read.</summary>
        public IReadOnlyList<string> Needs { get; } = needs;

        public List<Node> Dependants { get; } = [];

        public int OpenNeeds { get; set; } = needs.Count;

        public bool CanStart { get; set; }
    }
}
