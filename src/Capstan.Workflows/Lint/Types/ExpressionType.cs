namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// What is known about an expression's value before a run. <see cref="Any"/> is the honest answer whenever something is not known: it agrees with everything, so it never makes a finding.
/// </summary>
internal abstract class ExpressionType
{
    public static ExpressionType Any { get; } = new Simple("any");
    public static ExpressionType Null { get; } = new Simple("null");
    public static ExpressionType Boolean { get; } = new Simple("boolean");
    public static ExpressionType Number { get; } = new Simple("number");
    public static ExpressionType String { get; } = new Simple("string");

    /// <summary>For messages.</summary>
    public abstract string Name { get; }

    public bool IsScalar => this == Boolean || this == Number || this == String;

    /// <summary>The type of a value that is of one of the two.</summary>
    public static ExpressionType Merge(ExpressionType left, ExpressionType right) => (left, right) switch
    {
        _ when left == right => left,
        (ArrayType a, ArrayType b) => new ArrayType(Merge(a.Item, b.Item)),
        (ObjectType a, ObjectType b) => ObjectType.Merge(a, b),
        _ when (left == String && right == Number) || (left == Number && right == String) => String,
        _ => Any,
    };

    public override string ToString() => Name;

    private sealed class Simple(string name) : ExpressionType
    {
        public override string Name { get; } = name;
    }
}

internal sealed class ArrayType(ExpressionType item, bool isFiltered = false) : ExpressionType
{
    public ExpressionType Item { get; } = item;

    /// <summary>Made by <c>.*</c>: a property behind it is that of every item.</summary>
    public bool IsFiltered { get; } = isFiltered;

    public override string Name => $"array of {Item.Name}";
}

/// <summary>Properties by name, case ignored.</summary>
internal class ObjectType(IReadOnlyDictionary<string, ExpressionType> properties, ExpressionType? others = null) : ExpressionType
{
    private static readonly Dictionary<string, ExpressionType> None = [];

    /// <summary>An object about which nothing is known.</summary>
    public static ObjectType Loose { get; } = MapOf(Any);

    public static ObjectType Empty { get; } = new(None);

    public override string Name => "object";

    /// <summary>The type of every property that is not listed; null: there are no others.</summary>
    public ExpressionType? Others { get; } = others;

    /// <summary>Listed properties, for messages.</summary>
    public virtual IEnumerable<string> Names => properties.Keys;

    /// <summary>All types that a property may have.</summary>
    public IEnumerable<ExpressionType> ValueTypes => Others is null ? properties.Values : properties.Values.Append(Others);

    protected IReadOnlyDictionary<string, ExpressionType> Properties => properties;

    /// <summary>Any names, one type.</summary>
    public static ObjectType MapOf(ExpressionType values) => new(None, values);

    public static ObjectType Of(params (string Name, ExpressionType Type)[] properties) => new(Index(properties));

    public static Dictionary<string, ExpressionType> Index(IEnumerable<(string Name, ExpressionType Type)> properties)
    {
        var index = new Dictionary<string, ExpressionType>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, type) in properties)
            index[name] = type;
        return index;
    }

    /// <summary>Null: the object is known to have no such property.</summary>
    public virtual ExpressionType? Find(string name) => properties.GetValueOrDefault(name) ?? Others;

    public static ObjectType Merge(ObjectType left, ObjectType right)
    {
        var merged = Index(left.Properties.Select(property => (property.Key, property.Value)));
        foreach (var (name, type) in right.Properties)
            merged[name] = merged.TryGetValue(name, out var known) ? ExpressionType.Merge(known, type) : type;
        var others = left.Others is null ? right.Others : right.Others is null ? left.Others : ExpressionType.Merge(left.Others, right.Others);
        return new ObjectType(merged, others);
    }
}

/// <summary>
/// Properties that come into being one after the other: the steps before a step, the inputs before an input. All points in that order share one table, so a long job costs its length.
/// </summary>
/// <param name="order">The position of each property.</param>
/// <param name="before">Properties at this position and after it are not there yet.</param>
internal sealed class GrowingObjectType(IReadOnlyDictionary<string, ExpressionType> properties, IReadOnlyDictionary<string, int> order, int before)
    : ObjectType(properties)
{
    public override IEnumerable<string> Names => Properties.Keys.Where(name => order[name] < before);

    public override ExpressionType? Find(string name) => order.TryGetValue(name, out var position) && position < before ? Properties[name] : null;

    /// <summary>Whether it will be there later.</summary>
    public bool ComesLater(string name) => order.TryGetValue(name, out var position) && position >= before;
}
