using System.Text.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Agent;

/// <summary>Reads what a server's message asks for.</summary>
internal static class JobOrders
{
    /// <exception cref="JsonException">The definition or a context is not what a server writes.</exception>
    public static JobOrder Of(JobMessage message) => new()
    {
        Content = JobContent.Read(message.Definition),
        Key = message.JobKey,
        Name = message.JobName,
        Contexts = ContextsOf(message.Contexts),
        Secrets = message.Secrets,
        ServerUrl = message.ServerUrl,
        Token = message.Token,
    };

    /// <remarks>Each by itself: a payload may be as deep as a value may be.</remarks>
    private static ObjectValue ContextsOf(JsonElement contexts) => contexts.ValueKind == JsonValueKind.Object
        ? new ObjectValue(contexts.EnumerateObject().Select(context => KeyValuePair.Create(context.Name, ValueJson.Read(context.Value))))
        : ObjectValue.Empty;
}
