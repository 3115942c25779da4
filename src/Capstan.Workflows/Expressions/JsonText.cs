using System.Globalization;
using System.Text;

namespace Capstan.Workflows.Expressions;

/// <summary>
/// Values as JSON for people and scripts: two spaces a level, line feeds, and nothing escaped that JSON does not ask for, but for the line separators of Unicode.
/// Written by ourselves: scripts and tests of users compare what <c>toJSON</c> gives, and a local run, which writes its event, is to begin without .NET's JSON.
/// </summary>
public sealed class JsonText
{
    internal static readonly string TooDeep = $"the value is nested deeper than {ValueJson.MaxDepth} levels";

    private readonly StringBuilder text = new();
    private readonly bool numbersInFull;
    private readonly Action<long>? countProduced;

    private JsonText(bool numbersInFull, Action<long>? countProduced)
    {
        this.numbersInFull = numbersInFull;
        this.countProduced = countProduced;
    }

    /// <summary>What any reader of JSON reads, once it is UTF-8.</summary>
    /// <remarks>JSON has no NaN and no infinities: they are written as text, which counts as the same number. Negative zero loses its sign.</remarks>
    /// <exception cref="InvalidDataException">Nested deeper than <see cref="ValueJson.MaxDepth"/>.</exception>
    public static string Of(Value value) => Write(value, numbersInFull: true, countProduced: null);

    /// <summary>
    /// What <c>toJSON</c> gives: numbers as in texts.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#tojson
    /// </summary>
    /// <param name="countProduced">Told the length of each piece; may throw to stop.</param>
    /// <exception cref="InvalidDataException">Nested deeper than <see cref="ValueJson.MaxDepth"/>.</exception>
    internal static string OfExpression(Value value, Action<long> countProduced) => Write(value, numbersInFull: false, countProduced);

    private static string Write(Value value, bool numbersInFull, Action<long>? countProduced)
    {
        var written = new JsonText(numbersInFull, countProduced);
        written.Write(value, level: 0);
        return written.text.ToString();
    }

    private void Write(Value value, int level)
    {
        if (level > ValueJson.MaxDepth) throw new InvalidDataException(TooDeep);
        var before = text.Length;
        switch (value)
        {
            case NullValue:
                text.Append("null");
                break;
            case StringValue content:
                Write(content.Data);
                break;
            case NumberValue number when numbersInFull:
                Write(number);
                break;
            case ArrayValue array:
                WriteItems(array.Items, level);
                return;
            case ObjectValue content:
                WriteProperties(content.Properties, level);
                return;
            default:
                text.Append(ValueText.Of(value));
                break;
        }

        // Counting leaves with their indentation bounds the whole.
        countProduced?.Invoke(text.Length - before + (2L * level) + 2);
    }

    private void WriteItems(IReadOnlyList<Value> items, int level)
    {
        text.Append('[');
        for (var index = 0; index < items.Count; index++)
        {
            BeginItem(index, level + 1);
            Write(items[index], level + 1);
        }

        End(items.Count, level, ']');
    }

    private void WriteProperties(IReadOnlyList<KeyValuePair<string, Value>> properties, int level)
    {
        text.Append('{');
        for (var index = 0; index < properties.Count; index++)
        {
            var (name, value) = properties[index];
            BeginItem(index, level + 1);
            countProduced?.Invoke(name.Length);
            Write(name);
            text.Append(": ");
            Write(value, level + 1);
        }

        End(properties.Count, level, '}');
    }

    private void BeginItem(int index, int level)
    {
        if (index > 0) text.Append(',');
        BeginLine(level);
    }

    private void End(int items, int level, char close)
    {
        if (items > 0) BeginLine(level);
        text.Append(close);
    }

    private void BeginLine(int level)
    {
        text.Append('\n');
        for (var i = 0; i < level; i++) text.Append("  ");
    }

    private void Write(NumberValue number)
    {
        if (double.IsFinite(number.Data)) text.Append(number.Data == 0 ? "0" : number.Data.ToString("R", CultureInfo.InvariantCulture));
        else Write(ValueText.Of(number));
    }

    private void Write(string content)
    {
        text.Append('"');
        var written = 0;
        for (var index = 0; index < content.Length; index++)
        {
            var character = content[index];
            if (character is not ('"' or '\\' or < ' ' or '\u0085' or '\u2028' or '\u2029')) continue;
            text.Append(content, written, index - written).Append('\\');
            written = index + 1;
            _ = character switch
            {
                '\n' => text.Append('n'),
                '\r' => text.Append('r'),
                '\t' => text.Append('t'),
                '\b' => text.Append('b'),
                '\f' => text.Append('f'),
                '"' or '\\' => text.Append(character),
                _ => text.Append('u').Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)),
            };
        }

        text.Append(content, written, content.Length - written).Append('"');
    }
}
