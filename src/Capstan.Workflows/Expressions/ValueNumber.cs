using System.Globalization;

namespace Capstan.Workflows.Expressions;

/// <summary>How a value counts as a number.</summary>
internal static class ValueNumber
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>NaN for arrays, objects and text that is no number.</summary>
    public static double Of(Value value) => value switch
    {
        NumberValue number => number.Data,
        StringValue text => Parse(text.Data),
        BooleanValue boolean => boolean.Data ? 1 : 0,
        NullValue => 0,
        _ => double.NaN,
    };

    /// <summary>
    /// Decimal with optional sign, fraction and exponent, <c>0x</c> hexadecimal, <c>0o</c> octal, or <c>Infinity</c> with an optional sign; white space around
    /// it does not count, and empty text
    /// is 0. NaN for everything else.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
    /// </summary>
    public static double Parse(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        if (text.IsEmpty)
        {
            return 0;
        }

        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            return ParseDigits(text[2..], 16);
        }

        if (text.StartsWith("0o", StringComparison.Ordinal))
        {
            return ParseDigits(text[2..], 8);
        }

        // .NET takes trailing NUL characters for padding; here they are no part of a number.
        return text[^1] != '\0' && double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }

    /// <remarks>GitHub reads these as 32-bit patterns: <c>0xFFFFFFFF</c> is -1, and what needs more bits is no number.</remarks>
    private static double ParseDigits(ReadOnlySpan<char> digits, uint numberBase)
    {
        if (digits.IsEmpty)
        {
            return double.NaN;
        }

        ulong bits = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return double.NaN;
            }

            var value = char.IsAsciiDigit(digit) ? (uint)(digit - '0') : (uint)((digit | ' ') - 'a' + 10);
            bits = (bits * numberBase) + value;
            if (value >= numberBase || bits > uint.MaxValue)
            {
                return double.NaN;
            }
        }

        return unchecked((int)(uint)bits);
    }
}
