using Capstan.Cli.LocalRuns;
using Capstan.Orchestration.Forecasts;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.Plans;

/// <summary>What an event would run in a working tree, and why. The same for <c>capstan plan</c> and <c>capstan run --dry-run</c>.</summary>
internal sealed record LocalPlan(LocalEvent Happened, IReadOnlyList<PlannedWorkflow> Workflows)
{
    /// <summary>No file is invalid, none lacks an input, and no job that is sure to run is sure to fail.</summary>
    public bool IsGood => Workflows.All(workflow => workflow.File.Workflow is not null && workflow.Refusals.Count == 0 && workflow.Jobs.All(job => job.IsGood));

    public static LocalPlan Make(LocalEvent happened, IReadOnlyList<DecidedWorkflow> files, RunOptions options)
    {
        var platforms = new Platforms(options.Platforms);
        return new LocalPlan(happened, [.. files.Select(file => Plan(file.File, file.Decision))]);

        PlannedWorkflow Plan(WorkflowFile file, TriggerDecision? decision)
        {
            if (decision is not { Fires: true } || JobSelection.Apply(file.Workflow!, options.Jobs) is not { } selected)
            {
                return new PlannedWorkflow(file, decision, Forecast: null, []);
            }

            if (LocalInputs.Problems(selected, happened, options) is { Count: > 0 } refusals)
            {
                return new PlannedWorkflow(file, decision, Forecast: null, []) { Refusals = refusals };
            }

            var forecast = RunForecaster.Foresee(selected, LocalFacts.Of(selected, happened, options, runId: 1));
            return new PlannedWorkflow(file, decision, forecast, [.. forecast.Jobs.Select(job => PlannedJob.Of(job, platforms, options))]);
        }
    }
}

/// <param name="Decision">Null for an invalid file.</param>
/// <param name="Forecast">Null when nothing of it runs.</param>
/// <param name="Jobs">In file order.</param>
internal sealed record PlannedWorkflow(WorkflowFile File, TriggerDecision? Decision, RunForecast? Forecast, IReadOnlyList<PlannedJob> Jobs)
{
    /// <summary>Why it cannot start although it fires, a sentence each: what is wrong with its inputs.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];
}

/// <param name="Legs">Those that <c>--matrix</c> leaves.</param>
/// <param name="Called">The jobs of the workflow that it calls.</param>
internal sealed record PlannedJob(JobForecast Forecast, IReadOnlyList<PlannedLeg> Legs, IReadOnlyList<PlannedJob> Called)
{
    public bool IsGood => Forecast.Condition.Holds != true || (Forecast.Refusal is null && Legs.All(leg => !leg.Fails) && Called.All(called => called.IsGood));

    public static PlannedJob Of(JobForecast job, Platforms platforms, RunOptions options) => new(
        job,
        [.. job.Legs.Where(leg => JobSelection.Includes(options.Matrix, leg.Matrix)).Select(leg => PlannedLeg.Of(leg, platforms, options.StrictPlatforms))],
        [.. job.Called.Select(called => Of(called, platforms, options))]);
}

/// <param name="Place">Where it would run on this machine; null while its labels are not known.</param>
/// <param name="Fails">It has no place here, and that is a failure.</param>
internal sealed record PlannedLeg(LegForecast Forecast, Platform? Place, bool Fails)
{
    public static PlannedLeg Of(LegForecast leg, Platforms platforms, bool strict)
    {
        var place = leg.Labels.Count == 0 ? null : platforms.Find(leg.Labels);
        return new PlannedLeg(leg, place, strict && place is Platform.None);
    }
}
