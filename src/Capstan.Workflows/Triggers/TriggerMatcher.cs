using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// Which workflow an event fires, and why. Pure; never throws.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
/// </summary>
public static class TriggerMatcher
{
    /// <summary>In the order they are asked.</summary>
    private static readonly Func<TriggerDefinition, TriggerInput, TriggerDecision?>[] Filters =
        [ActivityTypes.Check, NameFilters.Check, RefFilters.Check, PathFilters.Check];

    public static TriggerDecision Decide(WorkflowDefinition workflow, TriggerInput input) => Decide(workflow.Triggers, input);

    public static TriggerDecision Decide(IReadOnlyList<TriggerDefinition> triggers, TriggerInput input)
    {
        if (TriggerDefinition.Find(triggers, input.Event) is not { } trigger)
        {
            return new TriggerDecision(false, $"'on' does not name {input.Event}, only {Names(triggers)}");
        }

        var reasons = new List<string>();
        var traces = new List<FilterTrace>();
        foreach (var check in Filters)
        {
            if (check(trigger, input) is not { } decision)
            {
                continue;
            }

            traces.AddRange(decision.Filters);
            if (!decision.Fires)
            {
                return decision with { Filters = traces };
            }

            reasons.Add(decision.Why);
        }

        return new TriggerDecision(true, reasons.Count == 0 ? $"'on' names {input.Event}, without filters" : string.Join("; ", reasons)) { Filters = traces };
    }

    private static string Names(IReadOnlyList<TriggerDefinition> triggers) => triggers.Count == 0 ? "nothing" : string.Join(", ", triggers.Select(candidate => candidate.Event));
}
