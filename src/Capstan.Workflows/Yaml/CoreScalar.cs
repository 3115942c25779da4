using System.Globalization;

namespace Capstan.Workflows.Yaml;

/// <summary>
/// What a scalar's text means by YAML 1.2's core schema, in the form GitHub reads it: octal and hexadecimal numbers are numbers, everything else that is not
/// null, a boolean or a number is text. Hand-written scans: this runs for every scalar of every file.
/// Source: https://yaml.org/spec/1.2.2/#103-core-schema
/// </summary>
internal static class CoreScalar
{
    public static bool IsNull(string text) => text is "" or "null" or "Null" or "NULL" or "~";

    public static bool TryBoolean(string text, out bool value)
    {
        value = text is "true" or "True" or "TRUE";
        return value || text is "false" or "False" or "FALSE";
    }

    /// <summary>Whether a text may stand behind an explicit tag.</summary>
    public static bool Fits(string text, ScalarTag tag) => tag switch
    {
        ScalarTag.Null => IsNull(text),
        ScalarTag.Boolean => TryBoolean(text, out _),
        ScalarTag.Integer => TryInteger(text, out _),
        ScalarTag.Float => TryNumber(text, out _),
        _ => true,
    };

    public static bool TryNumber(string text, out double value) => TryInteger(text, out value) || TryFloat(text, out value);

    public static bool TryInteger(string text, out double value)
    {
        value = 0;
        if (text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'o')
            return TryRadix(text.AsSpan(2), text[1] == 'x' ? 16 : 8, out value);

        var digits = WithoutSign(text);
        return digits.Length > 0 && digits.IndexOfAnyExceptInRange('0', '9') < 0
            && double.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    public static bool TryFloat(string text, out double value)
    {
        value = 0;
        var rest = WithoutSign(text);
        if (rest is ".inf" or ".Inf" or ".INF")
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (text is ".nan" or ".NaN" or ".NAN")
        {
            value = double.NaN;
            return true;
        }

        return IsFloat(rest) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>digits, perhaps a point and digits, perhaps an exponent; at least one digit before the exponent.</summary>
    private static bool IsFloat(ReadOnlySpan<char> text)
    {
        var index = SkipDigits(text, 0);
        var digits = index;
        if (index < text.Length && text[index] == '.')
        {
            var after = SkipDigits(text, index + 1);
            digits += after - index - 1;
            index = after;
        }

        if (digits == 0)
            return false;
        if (index < text.Length && text[index] is 'e' or 'E')
        {
            index++;
            if (index < text.Length && text[index] is '+' or '-')
                index++;
            var after = SkipDigits(text, index);
            if (after == index)
                return false;
            index = after;
        }

        return index == text.Length;
    }

    private static int SkipDigits(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && char.IsAsciiDigit(text[index]))
            index++;
        return index;
    }

    private static bool TryRadix(ReadOnlySpan<char> digits, int radix, out double value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            var number = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (number >= radix)
                return false;
            value = (value * radix) + number;
        }

        return true;
    }

    private static ReadOnlySpan<char> WithoutSign(string text) => text.Length > 0 && text[0] is '+' or '-' ? text.AsSpan(1) : text;
}
