using System.Globalization;
using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>The bytes of a text inside a string literal, as languages show bytes that are no text to them: <c>b'\xc3\xa4'</c>. Pure.</summary>
internal static class ByteForms
{
    /// <summary>How a byte beyond ASCII is written, and which quotes have a backslash before them.</summary>
    private static readonly (Func<byte, string> Code, string Quotes)[] Dialects =
    [
        // Python's bytes; with both quotes in the text, it escapes one of them.
        (LowerHex, ""),
        (LowerHex, "'"),
        // Rust's escape_ascii.
        (LowerHex, "'\""),
        // Ruby's inspect.
        (UpperHex, "\""),
        // Names of files in git, strings of C; $'…' as printf %q of bash writes it.
        (Octal, "\""),
        (Octal, "'"),
    ];

    public static IEnumerable<string> Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~') ? Dialects.Select(dialect => Escape(bytes, dialect.Code, dialect.Quotes)) : [];
    }

    private static string Escape(byte[] bytes, Func<byte, string> code, string quotes)
    {
        var result = new StringBuilder(bytes.Length * 2);
        foreach (var value in bytes)
        {
            var c = (char)value;
            _ = c switch
            {
                '\t' => result.Append("\\t"),
                '\\' => result.Append("\\\\"),
                _ when quotes.Contains(c, StringComparison.Ordinal) => result.Append('\\').Append(c),
                >= ' ' and <= '~' => result.Append(c),
                _ => result.Append(code(value)),
            };
        }

        return result.ToString();
    }

    private static string LowerHex(byte value) => "\\x" + value.ToString("x2", CultureInfo.InvariantCulture);

    private static string UpperHex(byte value) => "\\x" + value.ToString("X2", CultureInfo.InvariantCulture);

    private static string Octal(byte value) => "\\" + Convert.ToString(value, toBase: 8).PadLeft(3, '0');
}
