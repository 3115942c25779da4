using System.Text;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// <c>format('{0} of {1}', …)</c>. The whole text is read before any argument is evaluated, and an argument that it does not name never is.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#format
/// </summary>
internal static class FormatFunction
{
    public static Value Evaluate(Arguments arguments)
    {
        var format = ValueText.Of(arguments[0]);
        var parts = FormatText.Parse(format) ?? throw arguments.Error($"The following format string is invalid: {format}");
        var values = new Value?[arguments.Count - 1];
        if (parts.Exists(part => part.Argument >= values.Length))
        {
            throw arguments.Error($"The following format string references more arguments than were supplied: {format}");
        }

        var result = new StringBuilder();
        foreach (var part in parts)
        {
            var text = part.Text;
            if (part.Argument is { } argument)
            {
                var value = values[argument] ??= arguments[argument + 1];
                text = part.Text.Length == 0
                    ? ValueText.Of(value)
                    : throw arguments.Error($"The format specifiers '{part.Text}' are not valid for objects of type '{value.Kind}'");
            }

            arguments.CountProduced(text.Length);
            result.Append(text);
        }

        return Value.Of(result.ToString());
    }
}
