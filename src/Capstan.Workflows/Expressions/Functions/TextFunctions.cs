using System.Text;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// contains, startsWith, endsWith and join. Values become text first; case does not matter.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
/// </summary>
internal static class TextFunctions
{
    private const string DefaultSeparator = ",";

    public static Value Contains(Arguments arguments)
    {
        var where = arguments[0];
        if (where is ArrayValue array)
        {
            if (array.Items.Count == 0)
            {
                return Value.False;
            }

            var item = arguments[1];
            return Value.Of(array.Items.Any(candidate => ValueComparison.AreEqual(candidate, item)));
        }

        return Compare(where, arguments, TextSearch.Contains);
    }

    public static Value StartsWith(Arguments arguments) =>
        Compare(arguments[0], arguments, (text, start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    public static Value EndsWith(Arguments arguments) =>
        Compare(arguments[0], arguments, (text, end) => text.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <remarks>What is no array joins to its own text, an object to nothing; a separator that is no text is a comma.</remarks>
    public static Value Join(Arguments arguments)
    {
        var first = arguments[0];
        if (first is not ArrayValue array)
        {
            return first.IsPrimitive ? Value.Of(ValueText.Of(first)) : StringValue.Empty;
        }

        var separator = DefaultSeparator;
        if (array.Items.Count > 0 && arguments.Count > 1 && arguments[1] is { IsPrimitive: true } given)
        {
            separator = ValueText.Of(given);
        }

        var text = new StringBuilder();
        for (var index = 0; index < array.Items.Count; index++)
        {
            var item = ValueText.Of(array.Items[index]);
            arguments.CountProduced(item.Length + (long)separator.Length);
            text.Append(index == 0 ? "" : separator).Append(item);
        }

        return Value.Of(text.ToString());
    }

    private static Value Compare(Value where, Arguments arguments, Func<string, string, bool> compare)
    {
        if (!where.IsPrimitive)
        {
            return Value.False;
        }

        var what = arguments[1];
        return Value.Of(what.IsPrimitive && compare(ValueText.Of(where), ValueText.Of(what)));
    }
}
