using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>The filter <c>types</c>, and what counts without it.</summary>
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
        if (input.Action is null)
        {
            return trigger.Types is null ? null : new TriggerDecision(true, $"types ({list}) was not checked: the event tells no activity type");
        }

        var fires = types.Contains(input.Action, StringComparer.Ordinal);
        if (trigger.Types is not null)
        {
            return new TriggerDecision(fires, $"activity type '{input.Action}' is {(fires ? "" : "not ")}in types ({list})") { Filter = fires ? null : "types" };
        }

        var why = $"activity type '{input.Action}' is not among the default ones of {trigger.Event} ({list}); name it under types";
        return fires ? null : new TriggerDecision(false, why) { Filter = "types" };
    }
}
