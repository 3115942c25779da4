using System.Text;

namespace Capstan.Runner.Commands;

/// <summary>
/// A command on a line of a step's output: <c>::name key=value,key=value::data</c>, or the older <c>##[name key=value;key=value]data</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
/// </summary>
internal sealed record WorkflowCommand(string Name, IReadOnlyDictionary<string, string> Properties, string Data)
{
    private static readonly Dictionary<string, string> NoProperties = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Cheap and never wrong in saying no: whether it is worth to decode the line at all.</summary>
    public static bool MayBe(ReadOnlySpan<byte> line)
    {
        var trimmed = line.TrimStart(" \t"u8);
        return trimmed.StartsWith("::"u8) || line.IndexOf("##["u8) >= 0;
    }

    /// <param name="isKnown">A line whose name is not known is ordinary output.</param>
    /// <returns>Null when the line is no command.</returns>
    public static WorkflowCommand? Parse(ReadOnlySpan<byte> line, Func<string, bool> isKnown)
    {
        var text = Encoding.UTF8.GetString(line);
        return ParseColons(text.TrimStart(), isKnown) ?? ParseBracket(text, isKnown);
    }

    public string? Property(string name) => Properties.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A value as it stands between the brackets of <c>##[name key=value;key=value]</c>.</summary>
    public static string EscapeBracket(string value) => value
        .Replace("%", "%25", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal)
        .Replace("\n", "%0A", StringComparison.Ordinal).Replace("]", "%5D", StringComparison.Ordinal);

    private static WorkflowCommand? ParseColons(string text, Func<string, bool> isKnown)
    {
        if (!text.StartsWith("::", StringComparison.Ordinal)) return null;
        var end = text.IndexOf("::", 2, StringComparison.Ordinal);
        if (end < 0) return null;
        var head = text[2..end];
        var space = head.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? head : head[..space];
        if (!isKnown(name)) return null;
        var properties = space < 0 ? NoProperties : Pairs(head[(space + 1)..], ',', UnescapeProperty);
        return new WorkflowCommand(name, properties, UnescapeData(text[(end + 2)..]));
    }

    private static WorkflowCommand? ParseBracket(string text, Func<string, bool> isKnown)
    {
        var start = text.IndexOf("##[", StringComparison.Ordinal);
        if (start < 0) return null;
        var end = text.IndexOf(']', start);
        if (end < 0) return null;
        var head = text[(start + 3)..end];
        var space = head.IndexOf(' ', StringComparison.Ordinal);
        var name = space < 0 ? head : head[..space];
        if (!isKnown(name)) return null;
        var properties = space < 0 ? NoProperties : Pairs(head[(space + 1)..], ';', UnescapeBracket);
        return new WorkflowCommand(name, properties, UnescapeBracket(text[(end + 1)..]));
    }

    private static Dictionary<string, string> Pairs(string text, char separator, Func<string, string> unescape)
    {
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var pair in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) result[pair[..equals].Trim()] = unescape(pair[(equals + 1)..]);
        }

        return result;
    }

    private static string UnescapeData(string text) => text.Contains('%', StringComparison.Ordinal)
        ? text.Replace("%0D", "\r", StringComparison.Ordinal).Replace("%0A", "\n", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal)
        : text;

    private static string UnescapeProperty(string text) => text.Contains('%', StringComparison.Ordinal)
        ? text.Replace("%0D", "\r", StringComparison.Ordinal).Replace("%0A", "\n", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal)
            .Replace("%2C", ",", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal)
        : text;

    private static string UnescapeBracket(string text) => text.Contains('%', StringComparison.Ordinal)
        ? text.Replace("%3B", ";", StringComparison.Ordinal).Replace("%0D", "\r", StringComparison.Ordinal).Replace("%0A", "\n", StringComparison.Ordinal)
            .Replace("%5D", "]", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal)
        : text;
}
