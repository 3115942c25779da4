using System.Text;
using System.Text.Json;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// The trace of a decision as JSON: what the server keeps with every event, and what <c>/v1</c> and the command line show. Names may be added, never changed:
/// what is kept is read by later versions.
/// </summary>
public static class FilterTraceJson
{
    /// <summary>
    /// An array with an object a filter: <c>filter</c>, <c>outcome</c> (passed, refused, not_checked), <c>value</c>, <c>pattern</c>, <c>patterns</c>,
    /// <c>changed_paths</c>.
    /// </summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<FilterTrace> filters)
    {
        writer.WriteStartArray();
        foreach (var filter in filters)
        {
            Write(writer, filter);
        }

        writer.WriteEndArray();
    }

    /// <summary>The array as text.</summary>
    public static string ToText(IReadOnlyList<FilterTrace> filters)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, filters);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter writer, FilterTrace filter)
    {
        writer.WriteStartObject();
        writer.WriteString("filter", filter.Filter);
        writer.WriteString("outcome", NameOf(filter.Outcome));
        writer.WriteString("value", filter.Value);
        writer.WriteString("pattern", filter.Pattern);
        writer.WriteStartArray("patterns");
        foreach (var pattern in filter.Patterns)
        {
            writer.WriteStringValue(pattern);
        }

        writer.WriteEndArray();
        if (filter.ChangedPaths is { } changed)
        {
            writer.WriteNumber("changed_paths", changed);
        }

        writer.WriteEndObject();
    }

    private static string NameOf(FilterOutcome outcome) => outcome switch
    {
        FilterOutcome.Passed => "passed",
        FilterOutcome.Refused => "refused",
        FilterOutcome.NotChecked => "not_checked",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, message: null),
    };
}
