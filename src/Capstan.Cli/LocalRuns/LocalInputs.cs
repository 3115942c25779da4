using System.Text.Json;
using System.Text.Json.Nodes;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// The inputs of a run that <c>workflow_dispatch</c> starts here: what the payload and <c>--input</c> give, completed by what the workflow declares.
/// </summary>
internal static class LocalInputs
{
    /// <summary>What is wrong with the inputs of one workflow, a sentence each; empty when it can start.</summary>
    public static IReadOnlyList<string> Problems(WorkflowDefinition workflow, LocalEvent happened, RunOptions options) =>
        Dispatched(workflow, happened, options) is { IsValid: false } refused ? [.. refused.Errors.Select(error => $"{error.Message}.")] : [];

    /// <exception cref="CommandException">An input of one of the workflows is unknown, missing or not of its type; all of them are named.</exception>
    public static void Require(IEnumerable<WorkflowDefinition> workflows, LocalEvent happened, RunOptions options)
    {
        var problems = workflows.SelectMany(workflow => Problems(workflow, happened, options).Select(problem => $"{workflow.File}: {problem}")).ToList();
        if (problems.Count > 0)
            throw CommandException.Usage(string.Join('\n', problems));
    }

    /// <summary>The context <c>inputs</c>, and the payload with the same values as text. Only for a workflow without <see cref="Problems"/>.</summary>
    public static (JsonElement Inputs, LocalEvent Happened) Resolve(WorkflowDefinition workflow, LocalEvent happened, RunOptions options)
    {
        if (Dispatched(workflow, happened, options) is not { } result)
        {
            return (default, happened);
        }

        var payload = (JsonObject)happened.Payload.DeepClone();
        payload["inputs"] = new JsonObject(result.EventInputs.Properties.Select(i => KeyValuePair.Create<string, JsonNode?>(i.Key, ValueText.Of(i.Value))));
        return (Element(result.Inputs), happened with { Payload = payload });
    }

    /// <summary>Null when the event brings no inputs.</summary>
    private static DispatchInputsResult? Dispatched(WorkflowDefinition workflow, LocalEvent happened, RunOptions options) =>
        happened.Name == "workflow_dispatch" && workflow.Triggers.FirstOrDefault(t => t.Event == happened.Name) is { } trigger
            ? DispatchInputs.Resolve(trigger.Inputs, Given(trigger, happened, options))
            : null;

    private static Dictionary<string, Value> Given(TriggerDefinition trigger, LocalEvent happened, RunOptions options)
    {
        var given = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        // As in GitHub's form, where a list of choices begins with its first.
        foreach (var choice in trigger.Inputs.Where(i => i is { Type: "choice", Default: null, Options.Count: > 0 }))
        {
            given[choice.Name] = Value.Of(choice.Options[0]);
        }

        if (happened.Payload["inputs"] is JsonObject fromPayload)
        {
            foreach (var (name, value) in fromPayload)
            {
                given[name] = value is null ? Value.Null : ValueJson.Read(JsonSerializer.SerializeToElement(value, LocalInputsJson.Default.JsonNode));
            }
        }

        foreach (var (name, value) in options.Inputs)
        {
            given[name] = Value.Of(value);
        }

        return given;
    }

    private static JsonElement Element(ObjectValue value)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            ValueJson.Write(writer, value);
        }

        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return document.RootElement.Clone();
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonNode))]
internal sealed partial class LocalInputsJson : System.Text.Json.Serialization.JsonSerializerContext;
