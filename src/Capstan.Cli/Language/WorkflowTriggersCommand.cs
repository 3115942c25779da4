using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;

namespace Capstan.Cli.Language;

/// <summary><c>capstan workflow triggers</c>: whether an event fires a workflow, and why.</summary>
internal static class WorkflowTriggersCommand
{
    private const string Name = "workflow triggers";

    /// <summary>The workflow's name in messages.</summary>
    private const string File = ".github/workflows/workflow.yml";

    private const string Help = """
        Tells whether an event fires a workflow, and which filter and pattern decided.

        Usage:
          capstan workflow triggers --ndjson

        Options:
          --ndjson  read {"id", "yaml", "file"?, "event", "ref"?, "action"?, "base"?, "changed"?: [paths]} a line from standard input, for workflow_run also "workflow"?, the
                    name of the one that ran, and for image_version "image_name"? and "image_version"?; answer each with a line:
                    {"id", "fires": bool, "why": "text", "filters": [{"filter", "outcome", "value", "pattern", "patterns"}, ...]}
        """;

    public static HotCommand Command { get; } =
        new(Name, "Tell whether an event fires a workflow, and why", Help, (arguments, terminal) => Run(arguments, terminal));

    private static int Run(IReadOnlyList<string> arguments, Terminal terminal)
    {
        NdjsonOption.Require(Name, arguments);
        return JsonLines.Answer(JsonLines.OpenStandardInput(), terminal, Answer, Refuse);
    }

    /// <summary>The answer to one line.</summary>
    internal static void Answer(JsonElement question, Utf8JsonWriter writer)
    {
        var decision = Decide(question);
        writer.WriteBoolean("fires", decision.Fires);
        writer.WriteString("why", decision.Why);
        writer.WritePropertyName("filters");
        FilterTraceJson.Write(writer, decision.Filters);
    }

    /// <summary>The answer to a line that is no question.</summary>
    internal static void Refuse(string why, Utf8JsonWriter writer)
    {
        writer.WriteBoolean("fires", false);
        writer.WriteString("why", why);
    }

    private static TriggerDecision Decide(JsonElement question)
    {
        var read = WorkflowReader.Read(Text(question, "file") ?? File, question.GetProperty("yaml").GetString() ?? throw new JsonException("yaml is a text"));
        if (read.Definition is null)
        {
            var error = read.Diagnostics.First(diagnostic => diagnostic.Severity == Severity.Error);
            return new TriggerDecision(false, $"the workflow is invalid ({error.Place}): {error.Message}");
        }

        return TriggerMatcher.Decide(read.Definition, new TriggerInput
        {
            Event = question.GetProperty("event").GetString() ?? throw new JsonException("event is a text"),
            Ref = Text(question, "ref"),
            Action = Text(question, "action"),
            BaseRef = Text(question, "base"),
            Workflow = Text(question, "workflow"),
            ImageName = Text(question, "image_name"),
            ImageVersion = Text(question, "image_version"),
            ChangedPaths = question.TryGetProperty("changed", out var changed) && changed.ValueKind != JsonValueKind.Null
                ? new([.. changed.EnumerateArray().Select(path => path.GetString() ?? throw new JsonException("a changed path is a text"))])
                : null,
        });
    }

    private static string? Text(JsonElement question, string name) =>
        question.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.GetString() : null;
}
