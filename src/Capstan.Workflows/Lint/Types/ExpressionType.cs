namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// What is known about an expression's value before a run. <see cref="Any"/> is the honest answer whenever something is not known: it agrees with everything,
/// so it never makes a finding.
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

    /// <summary>The type of a value that is of one of these: what all of them agree on. Of objects, all their properties. Its cost is the size of the
    /// types.</summary>
    public static ExpressionType Merge(IEnumerable<ExpressionType> types)
    {
        var all = types.Distinct().ToList();
        if (all.Count == 0)
            return Any;
        if (all.Count == 1)
            return all[0];
        if (all.TrueForAll(type => type is ObjectType))
            return ObjectType.Merge(all.ConvertAll(type => (ObjectType)type));
        if (all.TrueForAll(type => type is ArrayType))
            return new ArrayType(Merge(all.Select(type => ((ArrayType)type).Item)));
        return all.TrueForAll(type => type == String || type == Number) ? String : Any;
    }

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
    private readonly IReadOnlyDictionary<string, ExpressionType> properties = properties;

    protected static readonly IReadOnlyDictionary<string, ExpressionType> None = new Dictionary<string, ExpressionType>();

    /// <summary>An object about which nothing is known.</summary>
    public static ObjectType Loose { get; } = MapOf(Any);

    public static ObjectType Empty { get; } = new(None);

    public override string Name => "object";

    /// <summary>The type of every property that is not listed; null: there are no others.</summary>
    public ExpressionType? Others { get; } = others;

    /// <summary>Listed properties, for messages.</summary>
    public virtual IEnumerable<string> Names => properties.Keys;

    /// <summary>The type of any of its properties.</summary>
    public virtual ExpressionType ItemType => field ??= Merge(Others is null ? properties.Values : properties.Values.Append(Others));

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

    public static ObjectType Merge(List<ObjectType> types)
    {
        var collected = new Dictionary<string, List<ExpressionType>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, type) in types.SelectMany(type => type.properties))
        {
            if (!collected.TryGetValue(name, out var known))
                collected[name] = known = [];
            known.Add(type);
        }

        var others = types.Select(type => type.Others).OfType<ExpressionType>().ToList();
        return new ObjectType(Index(collected.Select(property => (property.Key, Merge(property.Value)))), others.Count == 0 ? null : Merge(others));
    }
}

/// <summary>
/// Properties that come into being one after the other: the steps before a step, the inputs before an input. All points in that order share one table, so a
/// long job costs its length.
/// </summary>
/// <param name="all">The object at the end.</param>
/// <param name="order">The position of each property.</param>
/// <param name="before">Properties at this position and after it are not there yet.</param>
internal sealed class GrowingObjectType(ObjectType all, IReadOnlyDictionary<string, int> order, int before) : ObjectType(None)
{
    public override IEnumerable<string> Names => all.Names.Where(name => order[name] < before);

    public override ExpressionType ItemType => all.ItemType;

    public override ExpressionType? Find(string name) => order.TryGetValue(name, out var position) && position < before ? all.Find(name) : null;

    /// <summary>Whether it will be there later.</summary>
    public bool ComesLater(string name) => order.TryGetValue(name, out var position) && position >= before;
}
