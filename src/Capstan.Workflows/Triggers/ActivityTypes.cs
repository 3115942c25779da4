using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// The filter <c>types</c>, and what counts without it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onevent_nametypes
/// </summary>
internal static class ActivityTypes
{
    public static TriggerDecision? Check(TriggerDefinition trigger, TriggerInput input)
    {
        var types = trigger.Types ?? EventCatalog.Find(trigger.Event)?.DefaultTypes;
        if (types is null)
        {
            return null;
        }

        var list = string.Join(", ", types);
        var trace = new FilterTrace("types", FilterOutcome.NotChecked) { Value = input.Action, Patterns = types };
        if (input.Action is null)
        {
            return trigger.Types is null ? null : new TriggerDecision(true, $"types ({list}) was not checked: the event tells no activity type")
            {
                Filters = [trace],
            };
        }

        var fires = types.Contains(input.Action, StringComparer.Ordinal);
        trace = trace with { Outcome = fires ? FilterOutcome.Passed : FilterOutcome.Refused, Pattern = fires ? input.Action : null };
        if (trigger.Types is not null)
        {
            return new TriggerDecision(fires, $"activity type '{input.Action}' is {(fires ? "" : "not ")}in types ({list})") { Filters = [trace] };
        }

        var why = $"activity type '{input.Action}' is not among the default ones of {trigger.Event} ({list}); name it under types";
        return fires ? null : new TriggerDecision(false, why) { Filters = [trace] };
    }
}
