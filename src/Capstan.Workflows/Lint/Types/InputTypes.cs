using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The <c>inputs</c> context: what <c>workflow_call</c> and <c>workflow_dispatch</c> declare; no other event has inputs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#inputs-context
/// </summary>
internal sealed class InputTypes
{
    private readonly ObjectType all;
    private readonly ObjectType called;
    private readonly Dictionary<string, int> order = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<YamlNode, int> defaults = [];

    public InputTypes(WorkflowDocument document)
    {
        var dispatch = document.FindEvent("workflow_dispatch");
        var call = document.FindEvent("workflow_call");
        var declared = new Dictionary<string, ExpressionType>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in call?.Content.Find("inputs")?.Value.Entries() ?? [])
        {
            order[input.Name] = declared.Count;
            if (input.Value.Find("default") is { } value)
                defaults.TryAdd(value.Value, declared.Count);
            declared[input.Name] = Named(input.Value.Find("type")?.Value.Text());
        }

        var dispatched = dispatch?.Content.Find("inputs")?.Value.Entries().ToList() ?? [];
        called = new ObjectType(declared);
        var typed = dispatched.Select(input => (input.Name, Named(input.Value.Find("type")?.Value.Text() ?? "string")));
        all = ObjectType.Merge([called, new ObjectType(ObjectType.Index(typed))]);
        EventPayload = dispatch is null || call is not null
            ? ObjectType.Loose
            : new ObjectType(
                ObjectType.Index([("inputs", new ObjectType(ObjectType.Index(dispatched.Select(input => (input.Name, ExpressionType.String)))))]),
                ExpressionType.Any);
    }

    /// <summary><c>github.event</c>: its inputs are known, as texts, when only a dispatch brings any.</summary>
    public ObjectType EventPayload { get; }

    /// <summary>The type that a declaration names; any when it names none.</summary>
    public static ExpressionType Named(string? type) => type switch
    {
        "string" or "choice" or "environment" => ExpressionType.String,
        "boolean" => ExpressionType.Boolean,
        "number" => ExpressionType.Number,
        _ => ExpressionType.Any,
    };

    /// <summary>In an input's default only the inputs above it are there.</summary>
    public ObjectType At(Site site) => defaults.TryGetValue(site.Node, out var index) ? new GrowingObjectType(called, order, index) : all;
}
