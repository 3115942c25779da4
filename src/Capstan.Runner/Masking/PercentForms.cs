using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>A text inside an address or a form, as each writer escapes it: they differ in what they leave as it is. Pure.</summary>
internal static class PercentForms
{
    /// <summary>What is left as it is, beside letters and digits; a space that is given becomes a plus.</summary>
    private static readonly string[] Bare =
    [
        // RFC 3986: Uri.EscapeDataString, Python's quote(safe=''), rawurlencode, jq's @uri.
        "-._~",
        // Python's quote.
        "-._~/",
        // encodeURIComponent.
        "-._~!'()*",
        // encodeURI.
        "-._~!'()*;,/?:@&=+$#",
        // git.
        "-._~!'()*;,/?:@&=+$#[]",
        // Go's PathEscape.
        "-._~$&+=:@",
        // WHATWG: user names and passwords of an address, and its path.
        "-._~!$&'()*+,%",
        "-._~!$&'()*+,%/:;=@[]|",
        // Forms: URLSearchParams and Java; Python's quote_plus and Go's QueryEscape; PHP's urlencode; WebUtility.UrlEncode.
        "-._* ",
        "-._~ ",
        "-._ ",
        "-._!*() ",
    ];

    public static IEnumerable<string> Of(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var bare in Bare)
        {
            yield return Escape(bytes, bare, "0123456789ABCDEF"u8);
            yield return Escape(bytes, bare, "0123456789abcdef"u8);
        }
    }

    private static string Escape(byte[] bytes, string bare, ReadOnlySpan<byte> digits)
    {
        var result = new StringBuilder(bytes.Length + 16);
        foreach (var value in bytes)
        {
            var c = (char)value;
            if (c == ' ' && bare[^1] == ' ') result.Append('+');
            else if (char.IsAsciiLetterOrDigit(c) || bare.Contains(c, StringComparison.Ordinal)) result.Append(c);
            else result.Append('%').Append((char)digits[value >> 4]).Append((char)digits[value & 15]);
        }

        return result.ToString();
    }
}
