using System.Text.Json;
using System.Text.Json.Serialization;
using Capstan.Contracts;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>The stored form of a node's state: what a server reads back after a crash. Outputs are kept apart, because only a settled node has them.</summary>
public static class NodeStateJson
{
    public static string Write(NodeState node) => JsonSerializer.Serialize(
        new Stored(
            node.OpenNeeds,
            node.Phase,
            node.AncestorsSucceeded,
            node.AncestorFailed,
            node.Legs,
            node.NextLeg,
            node.MaxParallel,
            node.FailFast,
            node.Ended.ToString(),
            node.MayFail.ToString(),
            node.LegSucceeded,
            node.LegFailed,
            node.LegCancelled,
            node.Stopping,
            node.StopReason,
            node.Calls.Count == 0 ? null : node.Calls,
            node.Result?.Name()),
        StoredNodeJson.Default.Stored);

    public static string WriteOutputs(IReadOnlyDictionary<string, string> outputs) =>
        outputs.Count == 0 ? "{}" : JsonSerializer.Serialize(outputs, StoredNodeJson.Default.IReadOnlyDictionaryStringString);

    /// <exception cref="JsonException">The texts did not come from the two methods above.</exception>
    public static NodeState Read(string key, string state, string outputs)
    {
        var stored = JsonSerializer.Deserialize(state, StoredNodeJson.Default.Stored) ?? throw new JsonException("A node's state is null.");
        return new NodeState
        {
            Key = key,
            OpenNeeds = stored.OpenNeeds,
            Phase = stored.Phase,
            AncestorsSucceeded = stored.AncestorsSucceeded,
            AncestorFailed = stored.AncestorFailed,
            Legs = stored.Legs,
            NextLeg = stored.NextLeg,
            MaxParallel = stored.MaxParallel,
            FailFast = stored.FailFast,
            Ended = LegSet.Parse(stored.Ended),
            MayFail = LegSet.Parse(stored.MayFail),
            LegSucceeded = stored.LegSucceeded,
            LegFailed = stored.LegFailed,
            LegCancelled = stored.LegCancelled,
            Stopping = stored.Stopping,
            StopReason = stored.StopReason,
            Calls = stored.Calls ?? [],
            Result = stored.Result is null ? null : StatusNames.ParseConclusion(stored.Result),
            Outputs = ReadOutputs(outputs),
        };
    }

    public static IReadOnlyDictionary<string, string> ReadOutputs(string outputs) =>
        outputs == "{}" ? NodeState.NoOutputs : JsonSerializer.Deserialize(outputs, StoredNodeJson.Default.IReadOnlyDictionaryStringString) ?? NodeState.NoOutputs;

    internal sealed record Stored(
        int OpenNeeds,
        [property: JsonConverter(typeof(JsonStringEnumConverter<NodePhase>))] NodePhase Phase,
        bool AncestorsSucceeded,
        bool AncestorFailed,
        int Legs,
        int NextLeg,
        int MaxParallel,
        bool FailFast,
        string Ended,
        string MayFail,
        bool LegSucceeded,
        bool LegFailed,
        bool LegCancelled,
        bool Stopping,
        string? StopReason,
        IReadOnlyList<CallState>? Calls,
        string? Result);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(NodeStateJson.Stored))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class StoredNodeJson : JsonSerializerContext;
