using System.Globalization;
using System.Text;

namespace Capstan.Workflows.Expressions.Functions;

/// <summary>A piece of a format text.</summary>
/// <param name="Argument">Null for text that stands for itself.</param>
/// <param name="Text">That text, or what stands behind the colon of a placeholder: formats are a part of the grammar that no kind of value has a use for.</param>
internal readonly record struct FormatPart(int? Argument, string Text);

/// <summary>
/// The grammar of format texts: <c>{0}</c> and <c>{0:…}</c> are arguments, <c>{{</c> and <c>}}</c> are braces.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#format
/// </summary>
internal static class FormatText
{
    /// <returns>Null when the text is not of the grammar.</returns>
    public static List<FormatPart>? Parse(string text)
    {
        var parts = new List<FormatPart>();
        var index = 0;
        while (index < text.Length)
        {
            var brace = text.AsSpan(index).IndexOfAny('{', '}');
            if (brace < 0)
            {
                parts.Add(new FormatPart(null, text[index..]));
                break;
            }

            brace += index;
            var isDoubled = brace + 1 < text.Length && text[brace + 1] == text[brace];
            parts.Add(new FormatPart(null, text[index..(isDoubled ? brace + 1 : brace)]));
            index = brace + 2;
            if (isDoubled)
            {
                continue;
            }

            if (text[brace] == '}' || ReadPlaceholder(text, brace + 1, out index) is not { } placeholder)
            {
                return null;
            }

            parts.Add(placeholder);
        }

        return parts;
    }

    /// <param name="start">Behind the opening brace.</param>
    /// <param name="end">Behind the closing one.</param>
    private static FormatPart? ReadPlaceholder(string text, int start, out int end)
    {
        end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        if (end == text.Length || !byte.TryParse(text.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out var argument))
        {
            return null;
        }

        return text[end++] switch
        {
            '}' => new FormatPart(argument, ""),
            ':' => ReadSpecifiers(text, ref end) is { } specifiers ? new FormatPart(argument, specifiers) : null,
            _ => null,
        };
    }

    private static string? ReadSpecifiers(string text, ref int index)
    {
        var specifiers = new StringBuilder();
        while (index < text.Length)
        {
            var character = text[index++];
            if (character != '}')
            {
                specifiers.Append(character);
            }
            else if (index < text.Length && text[index] == '}')
            {
                specifiers.Append('}');
                index++;
            }
            else
            {
                return specifiers.ToString();
            }
        }

        return null;
    }
}
