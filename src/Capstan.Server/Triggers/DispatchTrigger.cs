using System.Text.Json;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Triggers;

namespace Capstan.Server.Triggers;

/// <summary>Events of <c>workflow_dispatch</c>: one workflow, asked for by a person. Their payload is complete from the start.</summary>
internal static class DispatchTrigger
{
    public const string Event = "workflow_dispatch";

    public static TriggerFacts Read(ClaimedEvent @event)
    {
        using var payload = JsonDocument.Parse(@event.Payload);
        var root = payload.RootElement.Clone();
        return new TriggerFacts { HeadSha = @event.HeadSha, Payload = root, OnlyWorkflow = root.GetProperty("workflow").GetString() };
    }

    /// <summary>The inputs with their types: the payload has them as text, checked when the event was made from this very file.</summary>
    public static JsonElement InputsOf(WorkflowDefinition workflow, JsonElement payload)
    {
        var given = payload.GetProperty("inputs").EnumerateObject().ToDictionary(input => input.Name, input => Value.Of(input.Value.GetString() ?? ""), StringComparer.OrdinalIgnoreCase);
        var inputs = DispatchInputs.Resolve(Declared(workflow) ?? [], given).Inputs;
        return ValueJson.ToElement(inputs);
    }

    /// <summary>What the workflow declares; null when it cannot be dispatched.</summary>
    public static IReadOnlyList<InputDefinition>? Declared(WorkflowDefinition workflow) => workflow.Triggers.FirstOrDefault(trigger => trigger.Event == Event)?.Inputs;
}
