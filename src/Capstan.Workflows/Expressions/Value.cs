namespace Capstan.Workflows.Expressions;

/// <summary>The six kinds of value in the expression language.</summary>
public enum ValueKind
{
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// <summary>
/// A value of the expression language. Immutable and safe to share. Equality between values in the language is loose (see <see cref="ValueComparison"/>); it
/// is not .NET's.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
/// </summary>
public abstract class Value
{
    public abstract ValueKind Kind { get; }

    /// <summary>False for null, false, 0, NaN and the empty text; true for everything else, empty arrays and objects included.</summary>
    public abstract bool IsTruthy { get; }

    /// <summary>Whether this is no array and no object: only such values turn into text and numbers by their content.</summary>
    public bool IsPrimitive => Kind is not (ValueKind.Array or ValueKind.Object);

    public static Value Null { get; } = new NullValue();
    public static Value True { get; } = new BooleanValue(true);
    public static Value False { get; } = new BooleanValue(false);

    public static Value Of(bool value) => value ? True : False;

    public static Value Of(double value) => new NumberValue(value);

    public static Value Of(string value) => value.Length == 0 ? StringValue.Empty : new StringValue(value);
}

public sealed class NullValue : Value
{
    internal NullValue()
    {
    }

    public override ValueKind Kind => ValueKind.Null;

    public override bool IsTruthy => false;
}

public sealed class BooleanValue : Value
{
    internal BooleanValue(bool data) => Data = data;

    public override ValueKind Kind => ValueKind.Boolean;

    public override bool IsTruthy => Data;

    public bool Data { get; }
}

public sealed class NumberValue(double data) : Value
{
    public override ValueKind Kind => ValueKind.Number;

    public override bool IsTruthy => Data != 0 && !double.IsNaN(Data);

    public double Data { get; } = data;
}

public sealed class StringValue(string data) : Value
{
    public static StringValue Empty { get; } = new("");

    public override ValueKind Kind => ValueKind.String;

    public override bool IsTruthy => Data.Length > 0;

    public string Data { get; } = data;
}

public class ArrayValue(IReadOnlyList<Value> items) : Value
{
    public static ArrayValue Empty { get; } = new([]);

    public sealed override ValueKind Kind => ValueKind.Array;

    public sealed override bool IsTruthy => true;

    public IReadOnlyList<Value> Items { get; } = items;
}

/// <summary>What <c>*</c> gives. Everywhere an array, but a further property or index applies to each of its items.</summary>
internal sealed class FilteredArrayValue(IReadOnlyList<Value> items) : ArrayValue(items);

/// <summary>Properties in the order given; names are looked up without regard to case.</summary>
public class ObjectValue : Value
{
    private readonly Dictionary<string, int> indexByName;
    private readonly List<KeyValuePair<string, Value>> properties;

    /// <inheritdoc cref="ObjectValue(List{KeyValuePair{string, Value}})"/>
    public ObjectValue(IEnumerable<KeyValuePair<string, Value>> properties)
        : this([.. properties])
    {
    }

    /// <remarks>
    /// Of two properties whose names differ in case only, the later one, name and value, stands at the earlier one's place. The list is not kept. What is written
    /// out in brackets comes here: going through any sequence of these pairs is code that .NET would compile anew at each start.
    /// </remarks>
    public ObjectValue(List<KeyValuePair<string, Value>> properties)
    {
        indexByName = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        this.properties = [];
        foreach (var property in properties)
        {
            if (indexByName.TryAdd(property.Key, this.properties.Count))
            {
                this.properties.Add(property);
            }
            else
            {
                this.properties[indexByName[property.Key]] = property;
            }
        }
    }

    public static ObjectValue Empty { get; } = new([]);

    public static ObjectValue OfTexts(IReadOnlyDictionary<string, string> texts)
    {
        if (texts.Count == 0)
        {
            return Empty;
        }

        var properties = new List<KeyValuePair<string, Value>>(texts.Count);
        foreach (var (name, text) in texts)
        {
            properties.Add(new(name, Of(text)));
        }

        return new ObjectValue(properties);
    }

    public sealed override ValueKind Kind => ValueKind.Object;

    public sealed override bool IsTruthy => true;

    public IReadOnlyList<KeyValuePair<string, Value>> Properties => properties;

    public Value? Find(string name) => indexByName.TryGetValue(name, out var index) ? properties[index].Value : null;
}
