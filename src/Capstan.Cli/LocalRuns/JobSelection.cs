using Capstan.Orchestration.Local;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>--job</c> and <c>--matrix</c> leave of a workflow.</summary>
internal static class JobSelection
{
    /// <summary>The workflow with the jobs named and those that they need; unchanged when none is named, null when it has none of them.</summary>
    public static WorkflowDefinition? Apply(WorkflowDefinition workflow, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return workflow;
        }

        var byId = workflow.Jobs.ToDictionary(j => j.Id, StringComparer.OrdinalIgnoreCase);
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<string>(names.Where(byId.ContainsKey));
        while (open.TryPop(out var id))
        {
            if (wanted.Add(id))
            {
                foreach (var need in byId[id].Needs)
                {
                    open.Push(need);
                }
            }
        }

        return wanted.Count == 0 ? null : workflow with { Jobs = [.. workflow.Jobs.Where(j => wanted.Contains(j.Id))] };
    }

    /// <summary>Whether the job's combination, and those of the jobs that called it, are among those asked for.</summary>
    public static bool Includes(IReadOnlyList<KeyValuePair<string, string>> filter, LocalJob job) =>
        Includes(filter, job.Matrix) && (job.Caller is null || Includes(filter, job.Caller));

    /// <summary>Every key of the filter that the combination has must have one of its values. A job without a matrix is never left out.</summary>
    public static bool Includes(IReadOnlyList<KeyValuePair<string, string>> filter, ObjectValue? combination) =>
        combination is not { } matrix || filter.GroupBy(f => f.Key, StringComparer.OrdinalIgnoreCase)
            .All(group => matrix.Find(group.Key) is not { } value || group.Any(f => ValueText.Of(value) == f.Value));
}
