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
        var trigger = triggers.FirstOrDefault(candidate => string.Equals(candidate.Event, input.Event, StringComparison.Ordinal));
        if (trigger is null)
        {
            var names = triggers.Count == 0 ? "nothing" : string.Join(", ", triggers.Select(candidate => candidate.Event));
            return new TriggerDecision(false, $"'on' does not name {input.Event}, only {names}");
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
}
