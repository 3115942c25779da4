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
/// A value of the expression language. Immutable and safe to share. Equality between values in the language is loose (see the operators); it is not .NET's.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
/// </summary>
public abstract class Value
{
    public abstract ValueKind Kind { get; }

    public static Value Null { get; } = new NullValue();
    public static Value True { get; } = new BooleanValue(true);
    public static Value False { get; } = new BooleanValue(false);

    public static Value Of(bool value) => value ? True : False;

    public static Value Of(double value) => new NumberValue(value);

    public static Value Of(string value) => new StringValue(value);
}

public sealed class NullValue : Value
{
    internal NullValue()
    {
    }

    public override ValueKind Kind => ValueKind.Null;
}

public sealed class BooleanValue : Value
{
    internal BooleanValue(bool data) => Data = data;

    public override ValueKind Kind => ValueKind.Boolean;

    public bool Data { get; }
}

public sealed class NumberValue(double data) : Value
{
    public override ValueKind Kind => ValueKind.Number;

    public double Data { get; } = data;
}

public sealed class StringValue(string data) : Value
{
    public override ValueKind Kind => ValueKind.String;

    public string Data { get; } = data;
}

public sealed class ArrayValue(IReadOnlyList<Value> items) : Value
{
    public override ValueKind Kind => ValueKind.Array;

    public IReadOnlyList<Value> Items { get; } = items;
}

/// <summary>Properties in the order given; names are looked up without regard to case.</summary>
public class ObjectValue : Value
{
    private readonly Dictionary<string, Value> byName;
    private readonly List<KeyValuePair<string, Value>> properties;

    /// <remarks>Of two properties whose names differ in case only, the later value stands at the earlier one's place.</remarks>
    public ObjectValue(IEnumerable<KeyValuePair<string, Value>> properties)
    {
        byName = new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase);
        this.properties = [];
        foreach (var property in properties)
        {
            if (!byName.TryAdd(property.Key, property.Value))
            {
                byName[property.Key] = property.Value;
                this.properties.RemoveAll(p => string.Equals(p.Key, property.Key, StringComparison.OrdinalIgnoreCase));
            }

            this.properties.Add(property);
        }
    }

    public static ObjectValue Empty { get; } = new([]);

    public override ValueKind Kind => ValueKind.Object;

    public IReadOnlyList<KeyValuePair<string, Value>> Properties => properties;

    public Value? Find(string name) => byName.GetValueOrDefault(name);
}
