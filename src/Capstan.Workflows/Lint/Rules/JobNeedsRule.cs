using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// The graph of <c>needs</c>: names that are not there, names twice, circles. Each circle is told once, at its first job. Linear in jobs and needs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds
/// </summary>
internal sealed class JobNeedsRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var job in context.Document.Jobs)
            CheckNames(context, job);
        foreach (var cycle in Cycles(context.Document))
            ReportCycle(context, cycle);
    }

    private static void CheckNames(LintContext context, JobNode job)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var need in job.Needs.TakeWhile(_ => !context.IsFull))
        {
            if (need.Text.Length == 0 || need.HasExpression())
                continue;
            if (!Identifiers.IsLegal(need.Text))
                context.Report(
                    LintChecks.BadId,
                    need,
                    $"'{Hint.Show(need.Text)}' cannot be the id of a job: ids have letters, digits, '_' and '-', and begin with a letter or '_'");
            if (!seen.Add(need.Text))
                context.Report(LintChecks.NeedsTwice, need, $"Job '{Hint.Show(need.Text)}' stands twice in 'needs' (case is ignored)");
            else if (!context.Document.JobsById.ContainsKey(need.Text))
                context.Report(
                    LintChecks.NeedsUnknown,
                    job.Id.Place,
                    need.Place,
                    $"Job '{Hint.Show(job.Name)}' needs job '{Hint.Show(need.Text)}', which does not exist in this workflow"
                    + Hint.For(need.Text, context.Document.JobsById.Keys.Where(id => id != job.Name)));
        }
    }

    /// <summary>Follows one need of each job that can never start; such a walk ends in a circle, and no job is walked twice.</summary>
    private static IEnumerable<List<JobNode>> Cycles(WorkflowDocument document)
    {
        var stuck = Stuck(document);
        var walked = new Dictionary<JobNode, int>();
        var walk = 0;
        foreach (var start in document.Jobs.Where(stuck.Contains))
        {
            walk++;
            var path = new List<JobNode>();
            var job = start;
            while (job is not null && walked.TryAdd(job, walk))
            {
                path.Add(job);
                job = job.Needs.Select(need => document.JobsById.GetValueOrDefault(need.Text)).FirstOrDefault(need => need is not null && stuck.Contains(need));
            }

            if (job is not null && walked[job] == walk)
                yield return path[path.IndexOf(job)..];
        }
    }

    /// <summary>Jobs that wait for each other, and those that wait for them; an unknown need is told elsewhere and counts as done.</summary>
    private static HashSet<JobNode> Stuck(WorkflowDocument document)
    {
        var open = new Dictionary<JobNode, int>();
        var dependants = document.Jobs.ToDictionary(job => job, _ => new List<JobNode>());
        foreach (var job in document.Jobs)
        {
            open[job] = 0;
            foreach (var need in job.Needs)
            {
                if (document.JobsById.TryGetValue(need.Text, out var needed))
                {
                    open[job]++;
                    dependants[needed].Add(job);
                }
            }
        }

        var ready = new Queue<JobNode>(document.Jobs.Where(job => open[job] == 0));
        while (ready.TryDequeue(out var job))
        {
            foreach (var dependant in dependants[job])
            {
                if (--open[dependant] == 0)
                    ready.Enqueue(dependant);
            }
        }

        return [.. document.Jobs.Where(job => open[job] > 0)];
    }

    private static void ReportCycle(LintContext context, List<JobNode> cycle)
    {
        var first = cycle.MinBy(job => (job.Id.Place.Line, job.Id.Place.Column))!;
        var from = cycle.IndexOf(first);
        var names = cycle.Skip(from).Concat(cycle.Take(from)).Append(first).Take(MaxShown + 1).Select(job => Hint.Show(job.Name));
        context.Report(
            LintChecks.NeedsCycle,
            first.Id,
            $"Jobs wait for each other and can never start: {string.Join(" needs ", names)}{(cycle.Count > MaxShown ? " …" : "")}");
    }

    private const int MaxShown = 20;
}
