using System.Text;
using System.Text.Json;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// The text that <c>toJSON</c> gives: two spaces a level, line feeds, numbers as in texts, and nothing escaped that JSON does not ask for, but for the line
/// separators of Unicode.
/// Scripts and tests of users compare this text, so it is written here character by character.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#tojson
/// </summary>
internal static class JsonText
{
    /// <param name="countProduced">Told the length of each piece; may throw to stop.</param>
    /// <exception cref="JsonException">Nested deeper than <see cref="ValueJson.MaxDepth"/>.</exception>
    public static string Write(Value value, Action<long> countProduced)
    {
        var text = new StringBuilder();
        Write(text, value, level: 0, countProduced);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Value value, int level, Action<long> countProduced)
    {
        ValueJson.CheckDepth(level);
        var before = text.Length;
        switch (value)
        {
            case NullValue:
                text.Append("null");
                break;
            case StringValue content:
                WriteString(text, content.Data);
                break;
            case ArrayValue array:
                WriteList(text, '[', ']', array.Items, (item, inner) => Write(text, item, inner, countProduced), level);
                return;
            case ObjectValue content:
                WriteList(text, '{', '}', content.Properties, WriteProperty, level);
                return;
            default:
                text.Append(ValueText.Of(value));
                break;
        }

        // Counting leaves with their indentation bounds the whole.
        countProduced(text.Length - before + (2L * level) + 2);

        void WriteProperty(KeyValuePair<string, Value> property, int inner)
        {
            countProduced(property.Key.Length);
            WriteString(text, property.Key);
            text.Append(": ");
            Write(text, property.Value, inner, countProduced);
        }
    }

    private static void WriteList<T>(StringBuilder text, char open, char close, IReadOnlyList<T> items, Action<T, int> write, int level)
    {
        text.Append(open);
        for (var index = 0; index < items.Count; index++)
        {
            text.Append(index == 0 ? "\n" : ",\n").Append(' ', 2 * (level + 1));
            write(items[index], level + 1);
        }

        if (items.Count > 0)
        {
            text.Append('\n').Append(' ', 2 * level);
        }

        text.Append(close);
    }

    private static void WriteString(StringBuilder text, string content)
    {
        text.Append('"');
        foreach (var character in content)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' or '\u0085' or '\u2028' or '\u2029' => text.Append($"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }
}
