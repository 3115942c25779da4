using System.Text.Json;
using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Templates;

/// <summary>
/// The triggers as GitHub's published parser gives them: plain JSON by event name, a single text where a list may stand as a list.
/// Source: https://github.com/actions/languageservices/blob/main/workflow-parser/src/model/converter/events.ts
/// </summary>
internal static class EventTemplate
{
    /// <summary>Keys whose value is a list, however it is written.</summary>
    private static readonly HashSet<string> Lists = new(StringComparer.Ordinal)
    {
        "types", "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "workflows", "names", "versions",
    };

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<TriggerDefinition> triggers)
    {
        writer.WriteStartObject("events");
        foreach (var trigger in triggers)
        {
            writer.WritePropertyName(trigger.Event);
            WriteEvent(writer, trigger.Content);
        }

        writer.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter writer, TemplateToken? content)
    {
        if (content is null)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
            return;
        }

        WriteValue(writer, content, list: false);
    }

    private static void WriteValue(Utf8JsonWriter writer, TemplateToken token, bool list)
    {
        switch (token)
        {
            case MappingToken mapping:
                WriteMapping(writer, mapping);
                break;
            case SequenceToken sequence:
                writer.WriteStartArray();
                foreach (var item in sequence.Items)
                    WriteValue(writer, item, list: false);
                writer.WriteEndArray();
                break;
            case StringToken text when list:
                writer.WriteStartArray();
                writer.WriteStringValue(text.Value);
                writer.WriteEndArray();
                break;
            case BooleanToken boolean:
                writer.WriteBooleanValue(boolean.Value);
                break;
            case NumberToken { Value: var number } when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case NullToken:
                writer.WriteStartObject();
                writer.WriteEndObject();
                break;
            case ExpressionToken expression:
                writer.WriteStringValue($"${{{{ {expression.Expression} }}}}");
                break;
            default:
                writer.WriteStringValue(TemplateReader.TextOf(token));
                break;
        }
    }

    private static void WriteMapping(Utf8JsonWriter writer, MappingToken mapping)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in mapping.NamedEntries())
        {
            writer.WritePropertyName(key.Value);
            WriteValue(writer, value, Lists.Contains(key.Value));
        }

        writer.WriteEndObject();
    }
}
