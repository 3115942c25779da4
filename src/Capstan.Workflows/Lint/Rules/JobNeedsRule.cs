using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// The graph of <c>needs</c>: names that are not there, names twice, circles. Of jobs that all wait for each other one circle is told, at its first job. Linear in jobs and needs.
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
        foreach (var need in job.Needs)
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
            else if (!context.IsFull(Severity.Error) && !context.Document.JobsById.ContainsKey(need.Text))
                context.Report(
                    LintChecks.NeedsUnknown,
                    job.Id.Place,
                    need.Place,
                    $"Job '{Hint.Show(job.Name)}' needs job '{Hint.Show(need.Text)}', which does not exist in this workflow"
                    + Hint.For(need.Text, context.Document.JobsById.Keys.Where(id => id != job.Name)));
        }
    }

    /// <summary>One circle of each group of jobs that wait for each other: needs are followed inside the group until a job comes again.</summary>
    private static IEnumerable<List<JobNode>> Cycles(WorkflowDocument document)
    {
        var groups = new JobGroups(document);
        var told = new HashSet<int>();
        foreach (var start in document.Jobs)
        {
            if (!told.Add(groups.Of(start)))
                continue;
            var positions = new Dictionary<JobNode, int>();
            var path = new List<JobNode>();
            var job = start;
            while (job is not null && positions.TryAdd(job, path.Count))
            {
                path.Add(job);
                job = JobGroups.NeedsOf(document, job).FirstOrDefault(need => groups.Of(need) == groups.Of(start));
            }

            // Nothing to follow: the job is in a group of its own, and does not wait for itself.
            if (job is not null)
                yield return path[positions[job]..];
        }
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
