using Capstan.Orchestration.Local;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>--dry-run</c> says of a job that would run, if those that it needs succeed.</summary>
/// <param name="Place">Where, for people.</param>
/// <param name="Steps">Their names, as far as they are known before the job runs.</param>
internal sealed record PlannedJob(LocalJob Job, IReadOnlyList<string> Needs, string Place, IReadOnlyList<string> Steps)
{
    private const int LongestLine = 80;

    public static PlannedJob Of(WorkflowDefinition workflow, LocalJob job, Platform platform)
    {
        var definition = workflow.Jobs.First(j => string.Equals(j.Id, job.Key, StringComparison.OrdinalIgnoreCase));
        var place = platform switch
        {
            Platform.Host => $"this host ({string.Join(", ", job.Labels)})",
            Platform.Docker docker => $"a container of {docker.Image} ({string.Join(", ", job.Labels)})",
            _ => string.Join(", ", job.Labels),
        };
        return new PlannedJob(job, definition.Needs, place, [.. definition.Steps.Select(Name)]);
    }

    private static string Name(StepDefinition step) =>
        (step.Name as StringToken)?.Value ?? $"Run {step.Uses ?? (step.Run is StringToken script ? FirstLine(script.Value) : "a script with expressions")}";

    private static string FirstLine(string script)
    {
        var line = script.Split('\n', 2)[0].Trim();
        return line.Length > LongestLine ? line[..LongestLine] + "…" : line;
    }
}
