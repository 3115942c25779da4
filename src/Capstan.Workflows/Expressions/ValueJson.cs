using System.Text;
using System.Text.Json;

namespace Capstan.Workflows.Expressions;

/// <summary>Values from JSON and to JSON. Of two properties of an object whose names differ in case only, the later one counts.</summary>
public static class ValueJson
{
    /// <summary>Levels of arrays and objects.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <exception cref="JsonException">Not one whole JSON value, or nested deeper than <see cref="MaxDepth"/>.</exception>
    public static Value Parse(string json) => Parse(Encoding.UTF8.GetBytes(json));

    /// <exception cref="JsonException">Not one whole JSON value, or nested deeper than <see cref="MaxDepth"/>.</exception>
    public static Value Parse(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new Utf8JsonReader(utf8Json, ReaderOptions);
        try
        {
            reader.Read();
            var value = Read(ref reader);
            reader.Read();
            return value;
        }
        catch (JsonException exception) when (exception.LineNumber is { } line)
        {
            // The library's own message is not for people: in the published program it is only a key.
            throw new JsonException(
                $"not valid, or nested deeper than {MaxDepth} levels, at line {line + 1}, byte {exception.BytePositionInLine + 1}",
                exception);
        }
    }

    /// <summary>Reads the value at which the reader stands, and leaves it on the value's last token.</summary>
    /// <exception cref="JsonException">The JSON is wrong, or a text holds half of a surrogate pair.</exception>
    public static Value Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => Value.True,
        JsonTokenType.False => Value.False,
        JsonTokenType.Null => Value.Null,
        JsonTokenType.Number => Value.Of(reader.GetDouble()),
        JsonTokenType.String => Value.Of(TextOf(ref reader)),
        JsonTokenType.StartArray => ReadArray(ref reader),
        JsonTokenType.StartObject => ReadObject(ref reader),
        _ => throw new JsonException($"a value was expected, not {reader.TokenType}"),
    };

    /// <exception cref="JsonException">A text holds half of a surrogate pair, or the element is nested deeper than <see cref="MaxDepth"/>.</exception>
    public static Value Read(JsonElement element) => Read(element, level: 0);

    /// <remarks>JSON has no NaN and no infinities: they are written as text, which counts as the same number. Negative zero loses its sign.</remarks>
    /// <exception cref="JsonException">Nested deeper than <see cref="MaxDepth"/>.</exception>
    public static void Write(Utf8JsonWriter writer, Value value) => Write(writer, value, level: 0);

    /// <exception cref="JsonException">Nested deeper than <see cref="MaxDepth"/>.</exception>
    public static JsonElement ToElement(Value value)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, value);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan, ReaderOptions);
        return JsonElement.ParseValue(ref reader);
    }

    private static void CheckDepth(int level)
    {
        if (level > MaxDepth)
        {
            throw new JsonException(JsonText.TooDeep);
        }
    }

    private static ArrayValue ReadArray(ref Utf8JsonReader reader)
    {
        var items = new List<Value>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref reader));
        }

        return new ArrayValue(items);
    }

    private static ObjectValue ReadObject(ref Utf8JsonReader reader)
    {
        var properties = new List<KeyValuePair<string, Value>>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = TextOf(ref reader);
            reader.Read();
            properties.Add(new(name, Read(ref reader)));
        }

        return new ObjectValue(properties);
    }

    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("a text holds half of a surrogate pair", exception);
        }
    }

    private static Value Read(JsonElement element, int level)
    {
        CheckDepth(level);
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.True => Value.True,
                JsonValueKind.False => Value.False,
                JsonValueKind.Number => Value.Of(element.GetDouble()),
                JsonValueKind.String => Value.Of(element.GetString()!),
                JsonValueKind.Array => ReadArray(element, level),
                JsonValueKind.Object => ReadObject(element, level),
                _ => Value.Null,
            };
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("a text holds half of a surrogate pair", exception);
        }
    }

    private static ArrayValue ReadArray(JsonElement element, int level)
    {
        var items = new List<Value>(element.GetArrayLength());
        foreach (var item in element.EnumerateArray())
        {
            items.Add(Read(item, level + 1));
        }

        return new ArrayValue(items);
    }

    private static ObjectValue ReadObject(JsonElement element, int level)
    {
        var properties = new List<KeyValuePair<string, Value>>();
        foreach (var property in element.EnumerateObject())
        {
            properties.Add(new(property.Name, Read(property.Value, level + 1)));
        }

        return new ObjectValue(properties);
    }

    private static void Write(Utf8JsonWriter writer, Value value, int level)
    {
        CheckDepth(level);
        switch (value)
        {
            case BooleanValue boolean:
                writer.WriteBooleanValue(boolean.Data);
                break;
            case NumberValue number when double.IsFinite(number.Data):
                writer.WriteNumberValue(number.Data == 0 ? 0 : number.Data);
                break;
            case NumberValue or StringValue:
                writer.WriteStringValue(ValueText.Of(value));
                break;
            case ArrayValue array:
                writer.WriteStartArray();
                foreach (var item in array.Items)
                {
                    Write(writer, item, level + 1);
                }

                writer.WriteEndArray();
                break;
            case ObjectValue content:
                writer.WriteStartObject();
                foreach (var property in content.Properties)
                {
                    writer.WritePropertyName(property.Key);
                    Write(writer, property.Value, level + 1);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
