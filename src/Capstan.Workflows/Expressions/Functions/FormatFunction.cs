using System.Globalization;
using System.Text;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// <c>format('{0} of {1}', …)</c>; <c>{{</c> and <c>}}</c> are braces. An argument that the text does not name is not evaluated.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#format
/// </summary>
internal static class FormatFunction
{
    public static Value Evaluate(Arguments arguments)
    {
        var format = ValueText.Of(arguments[0]);
        var texts = new string?[arguments.Count - 1];
        var result = new StringBuilder();
        var index = 0;
        while (index < format.Length)
        {
            var brace = format.AsSpan(index).IndexOfAny('{', '}');
            if (brace < 0)
            {
                Append(format.AsSpan(index));
                break;
            }

            brace += index;
            Append(format.AsSpan(index, brace - index));
            if (brace + 1 < format.Length && format[brace + 1] == format[brace])
            {
                Append(format.AsSpan(brace, 1));
                index = brace + 2;
                continue;
            }

            var (argument, end) = ReadPlaceholder(format, brace, arguments);
            if (argument >= texts.Length)
            {
                throw arguments.Error($"The following format string references more arguments than were supplied: {format}");
            }

            Append(texts[argument] ??= ValueText.Of(arguments[argument + 1]));
            index = end;
        }

        return Value.Of(result.ToString());

        void Append(ReadOnlySpan<char> text)
        {
            arguments.CountProduced(text.Length);
            result.Append(text);
        }
    }

    /// <returns>The number between the braces, and where the text goes on.</returns>
    private static (int Argument, int End) ReadPlaceholder(string format, int brace, Arguments arguments)
    {
        var rest = format.AsSpan(brace + 1);
        var digits = rest.IndexOfAnyExceptInRange('0', '9');
        if (format[brace] == '}' || digits <= 0 || !byte.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var argument))
        {
            throw Invalid();
        }

        if (rest[digits] == '}')
        {
            return (argument, brace + 1 + digits + 1);
        }

        if (rest[digits] != ':' || rest[digits..].IndexOf('}') < 0)
        {
            throw Invalid();
        }

        var specifiers = rest[(digits + 1)..][..rest[(digits + 1)..].IndexOf('}')];
        throw arguments.Error($"The format specifiers '{specifiers}' are not valid: values have no formats of their own in the format string: {format}");

        ExpressionEvaluationException Invalid() => arguments.Error($"The following format string is invalid: {format}");
    }
}
