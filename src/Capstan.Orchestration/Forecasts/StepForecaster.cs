using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Forecasts;

/// <summary>The steps of a job, looked at from all its legs.</summary>
/// <param name="scopes">Of each leg.</param>
internal sealed class StepForecaster(WorkflowDefinition workflow, JobDefinition job, IReadOnlyList<ForecastScope> scopes)
{
    private const int LongestName = 80;

    private readonly List<StepForecast> steps = [];
    private readonly List<int>[] skipped = [.. scopes.Select(_ => new List<int>())];

    public IReadOnlyList<StepForecast> Foresee()
    {
        foreach (var step in job.Steps)
        {
            Add(step, group: null);
        }

        return steps;
    }

    /// <summary>Numbers of the steps that the leg is sure to leave out. Asked when the steps have been foreseen.</summary>
    public IReadOnlyList<int> SkippedIn(int leg) => skipped[leg];

    private void Add(StepDefinition step, int? group)
    {
        if (step.Parallel is { } members)
        {
            var number = 1 + (steps.Count == 0 ? 0 : steps.Max(s => s.Group ?? 0));
            foreach (var member in members)
            {
                Add(member, number);
            }

            return;
        }

        steps.Add(new StepForecast(steps.Count + 1, step.Id, Name(step), step.Uses, group, Foresee(step), SecretNames.OfStep(workflow, job, step))
        {
            IsBackground = step.Background,
            WaitsFor = step.Wait,
            WaitsForAll = step.WaitAll,
            Cancels = step.Cancel,
        });
    }

    private ConditionForecast Foresee(StepDefinition step)
    {
        var foreseen = scopes.Select(scope => scope.StepCondition(step.If, isFirst: steps.Count == 0)).ToList();
        for (var leg = 0; leg < foreseen.Count; leg++)
        {
            if (foreseen[leg].Holds == false)
            {
                skipped[leg].Add(steps.Count + 1);
            }
        }

        var same = foreseen.TrueForAll(one => one.Holds == foreseen[0].Holds);
        var open = foreseen.SelectMany(one => one.DependsOn).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return new ConditionForecast(
            step.If,
            step.If == Condition.Default,
            same ? foreseen[0] : new ForeseenCondition(null, "", ["matrix", .. open]));
    }

    private TextForecast Name(StepDefinition step)
    {
        if (step.Name is { } name)
        {
            var texts = scopes.Select(scope => scope.Text(name)).ToList();
            return texts.TrueForAll(text => text.Text == texts[0].Text) ? texts[0] : new TextForecast(TemplateReferences.Source(name), ["matrix"]);
        }

        var what = step.Uses ?? (step.Run is { } script ? FirstLine(TemplateReferences.Source(script)) : step.Id.TrimStart('_'));
        return new TextForecast(step.Uses is null && step.Run is null ? what : $"Run {what}", []);
    }

    private static string FirstLine(string script)
    {
        var line = script.TrimStart().Split('\n', 2)[0].Trim();
        return line.Length > LongestName ? line[..LongestName] + "…" : line;
    }
}
