using System.Text;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Plans;

/// <summary>
/// A plan for people. Jobs hang below the job that they wait for last; one that waits for several stands below the deepest of them and names the others.
/// </summary>
internal sealed class PlanTree(Terminal terminal)
{
    private readonly StringBuilder text = new();
    private readonly PlanWords words = new(terminal);

    public string Draw(LocalPlan plan)
    {
        var commit = plan.Happened.Sha.Length > 7 ? plan.Happened.Sha[..7] : plan.Happened.Sha;
        Line($"{terminal.Paint(Tone.Strong, plan.Happened.Name)} {Printable.Of(plan.Happened.Ref)} at {commit}");
        foreach (var workflow in plan.Workflows)
        {
            Line("");
            Draw(workflow);
        }

        return text.ToString();
    }

    private void Draw(PlannedWorkflow workflow)
    {
        Line(words.Workflow(workflow));
        foreach (var line in words.Details(workflow))
        {
            Line("  " + line);
        }

        var sayRights = PlanWords.SharedRights(workflow) is null;
        var below = Children(workflow.Jobs);
        var roots = below[""].ToList();
        for (var index = 0; index < roots.Count; index++)
        {
            Draw(roots[index], below, "  ", index == roots.Count - 1, sayRights);
        }
    }

    private void Draw(PlannedJob job, ILookup<string, PlannedJob> below, string indent, bool isLast, bool sayRights)
    {
        var children = below[job.Forecast.Key].ToList();
        var inner = indent + (isLast ? "   " : "│  ");
        Line($"{indent}{(isLast ? "└─ " : "├─ ")}{words.Job(job)}");
        foreach (var line in words.Details(job, sayRights))
        {
            Line($"{inner}{(children.Count > 0 ? "│  " : "   ")}{line}");
        }

        for (var index = 0; index < children.Count; index++)
        {
            Draw(children[index], below, inner, index == children.Count - 1, sayRights);
        }
    }

    /// <summary>Under each job's key the jobs that hang below it; under the empty key those that wait for nothing.</summary>
    private static ILookup<string, PlannedJob> Children(IReadOnlyList<PlannedJob> jobs)
    {
        var byKey = jobs.ToDictionary(job => job.Forecast.Key, StringComparer.OrdinalIgnoreCase);
        var depths = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        return jobs.ToLookup(job => job.Forecast.Needs.OrderBy(Depth).LastOrDefault() ?? "", StringComparer.OrdinalIgnoreCase);

        int Depth(string key)
        {
            if (!depths.TryGetValue(key, out var depth))
            {
                var needs = byKey[key].Forecast.Needs;
                depths[key] = depth = needs.Count == 0 ? 0 : 1 + needs.Max(Depth);
            }

            return depth;
        }
    }

    private void Line(string line) => text.Append(line).Append('\n');
}
