namespace Capstan.Workflows.Expressions;

/// <summary>
/// <c>.name</c>, <c>[key]</c> and <c>*</c>. What is not there is null and never an error; behind a star, what is not there is left out.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#object-filters
/// </summary>
internal static class IndexAccess
{
    public static Value Get(Value target, ExpressionNode key, Evaluator evaluator)
    {
        if (key is WildcardNode)
        {
            return Filter(target);
        }

        if (target.IsPrimitive)
        {
            return Value.Null;
        }

        var keyValue = evaluator.Evaluate(key);
        return target is FilteredArrayValue filtered
            ? new FilteredArrayValue([.. filtered.Items.Select(item => Find(item, keyValue)).OfType<Value>()])
            : Find(target, keyValue) ?? Value.Null;
    }

    private static FilteredArrayValue Filter(Value target) => new(target is FilteredArrayValue filtered
        ? [.. filtered.Items.SelectMany(ItemsOf)]
        : [.. ItemsOf(target)]);

    private static IEnumerable<Value> ItemsOf(Value target) => target switch
    {
        ObjectValue properties => properties.Properties.Select(property => property.Value),
        ArrayValue array => array.Items,
        _ => [],
    };

    /// <returns>Null when there is nothing.</returns>
    internal static Value? Find(Value target, Value key) => target switch
    {
        ObjectValue properties when key.IsPrimitive => properties.Find(ValueText.Of(key)),
        ArrayValue array => FindItem(array.Items, ValueNumber.Of(key)),
        _ => null,
    };

    /// <remarks>A fraction is cut off; NaN is smaller and larger than nothing, so it finds nothing.</remarks>
    private static Value? FindItem(IReadOnlyList<Value> items, double index) =>
        index >= 0 && index < items.Count ? items[(int)index] : null;
}
