using System.Text;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.Plans;

/// <summary>A plan for people: workflow by workflow, the jobs of each as a tree.</summary>
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
        JobTree.Draw(text, "  ", [.. workflow.Jobs.Select(job => Branch(job, sayRights))]);
    }

    private JobBranch Branch(PlannedJob job, bool sayRights) =>
        new(
            job.Forecast.Key,
            job.Forecast.Needs,
            words.Job(job),
            [.. words.Details(job, sayRights)],
            [.. job.Called.Select(called => Branch(called, sayRights))]);

    private void Line(string line) => text.Append(line).Append('\n');
}
