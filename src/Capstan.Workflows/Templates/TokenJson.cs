using System.Text.Json;

namespace Capstan.Workflows.Templates;

/// <summary>
/// Tokens as JSON, each an object with its type, its place and its content: <c>{"type":0,"line":3,"col":9,"lit":"text"}</c>. Types are GitHub's: 0 text (<c>lit</c>), 1 sequence (<c>seq</c>),
/// 2 mapping (<c>map</c>: Key and Value), 3 expression (<c>expr</c>), 4 insert directive, 5 boolean (<c>bool</c>), 6 number (<c>num</c>), 7 null.
/// </summary>
internal static class TokenJson
{
    /// <summary>Deeper JSON was not written by <see cref="Write"/>: a file's own depth is limited, and every level of it is two or three of JSON.</summary>
    public const int MaxDepth = 256;

    public static void Write(Utf8JsonWriter writer, TemplateToken token)
    {
        writer.WriteStartObject();
        writer.WriteNumber("type", TypeOf(token));
        if (token.Place.IsKnown)
        {
            writer.WriteNumber("line", token.Place.Line);
            writer.WriteNumber("col", token.Place.Column);
        }

        switch (token)
        {
            case StringToken text:
                writer.WriteString("lit", text.Value);
                break;
            case BooleanToken boolean:
                writer.WriteBoolean("bool", boolean.Value);
                break;
            case NumberToken number:
                WriteNumber(writer, number.Value);
                break;
            case ExpressionToken expression:
                writer.WriteString("expr", expression.Expression);
                break;
            case SequenceToken sequence:
                writer.WriteStartArray("seq");
                foreach (var item in sequence.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case MappingToken mapping:
                WriteEntries(writer, mapping);
                break;
        }

        writer.WriteEndObject();
    }

    /// <exception cref="JsonException">Not what <see cref="Write"/> writes.</exception>
    public static TemplateToken Read(JsonElement element) => Read(element, 0);

    internal static int TypeOf(TemplateToken token) => token switch
    {
        StringToken => 0,
        SequenceToken => 1,
        MappingToken => 2,
        ExpressionToken => 3,
        InsertToken => 4,
        BooleanToken => 5,
        NumberToken => 6,
        _ => 7,
    };

    private static void WriteEntries(Utf8JsonWriter writer, MappingToken mapping)
    {
        writer.WriteStartArray("map");
        foreach (var entry in mapping.Entries)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("Key");
            Write(writer, entry.Key);
            writer.WritePropertyName("Value");
            Write(writer, entry.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <remarks>JSON has no NaN and no infinities: these are texts, which <see cref="Read(JsonElement)"/> takes back.</remarks>
    private static void WriteNumber(Utf8JsonWriter writer, double number)
    {
        if (double.IsFinite(number))
            writer.WriteNumber("num", number);
        else
            writer.WriteString("num", number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static TemplateToken Read(JsonElement element, int level)
    {
        if (level > MaxDepth || element.ValueKind != JsonValueKind.Object)
            throw new JsonException("A template token was expected.");

        var place = element.TryGetProperty("line", out var line) ? new Place(line.GetInt32(), element.GetProperty("col").GetInt32()) : default;
        return Property(element, "type").GetInt32() switch
        {
            0 => new StringToken(place, Property(element, "lit").GetString() ?? ""),
            1 => new SequenceToken(place, [.. Property(element, "seq").EnumerateArray().Select(item => Read(item, level + 1))]),
            2 => new MappingToken(place, [.. Property(element, "map").EnumerateArray().Select(entry => ReadEntry(entry, level + 1))]),
            3 => new ExpressionToken(place, Property(element, "expr").GetString() ?? ""),
            4 => new InsertToken(place),
            5 => new BooleanToken(place, Property(element, "bool").GetBoolean()),
            6 => new NumberToken(place, ReadNumber(Property(element, "num"))),
            7 => new NullToken(place),
            var other => throw new JsonException($"Unknown type {other} of a template token."),
        };
    }

    private static KeyValuePair<TemplateToken, TemplateToken> ReadEntry(JsonElement entry, int level) =>
        new(Read(Property(entry, "Key"), level), Read(Property(entry, "Value"), level));

    private static double ReadNumber(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? double.Parse(element.GetString()!, System.Globalization.CultureInfo.InvariantCulture)
        : element.GetDouble();

    private static JsonElement Property(JsonElement element, string name) =>
        element.TryGetProperty(name, out var property) ? property : throw new JsonException($"A template token without '{name}'.");
}
