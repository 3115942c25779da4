using System.Globalization;
using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>
/// The forms in which a program may print a secret: as it is, line by line, escaped for JSON, XML, URLs and shells, and in base64 at each of the three places it
/// can have in a group. Forms never hold a line end.
/// </summary>
internal static class MaskForms
{
    /// <summary>Shorter texts are not looked for in base64: what is certain of them there is two or three characters, which occur everywhere.</summary>
    private const int MinBase64Bytes = 4;

    /// <summary>Where <c>base64</c> (76) and PEM writers (64) break lines.</summary>
    private static readonly int[] WrapWidths = [76, 64];

    /// <summary>The remainder of a wrapped line that is too short to look for.</summary>
    private const int MinWrappedRest = 6;

    public static IEnumerable<string> Of(string secret)
    {
        if (string.IsNullOrWhiteSpace(secret)) yield break;
        var lines = secret.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            foreach (var form in OfLine(line)) yield return form;
            var trimmed = line.Trim();
            if (trimmed.Length == line.Length) continue;
            foreach (var form in OfLine(trimmed)) yield return form;
        }

        if (lines.Length > 1 || lines[0].Length != secret.Length)
        {
            foreach (var form in Base64(Encoding.UTF8.GetBytes(secret))) yield return form;
        }
    }

    private static IEnumerable<string> OfLine(string line)
    {
        yield return line;
        foreach (var form in Base64(Encoding.UTF8.GetBytes(line))) yield return form;

        var plain = true;
        foreach (var c in line) plain &= char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '~';
        if (plain) yield break;

        yield return Json(line, ascii: false, html: false, "x4");
        yield return Json(line, ascii: true, html: false, "x4");
        yield return Json(line, ascii: true, html: false, "X4");
        yield return Json(line, ascii: true, html: true, "X4");
        yield return Json(line, ascii: false, html: true, "x4");
        yield return Json(line, ascii: false, html: false, "x4").Replace("/", "\\/", StringComparison.Ordinal);
        yield return Uri.EscapeDataString(line);
        yield return Uri.EscapeDataString(line).Replace("%20", "+", StringComparison.Ordinal);
        yield return Xml(line);
        yield return line.Replace("'", "'\\''", StringComparison.Ordinal);
        yield return line.Replace("'", "''", StringComparison.Ordinal);
    }

    private static string Json(string text, bool ascii, bool html, string hexadecimal)
    {
        var result = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' when !html => result.Append("\\\""),
                '\\' => result.Append("\\\\"),
                '\t' => result.Append("\\t"),
                '\b' => result.Append("\\b"),
                '\f' => result.Append("\\f"),
                _ when c < ' ' || c == '\x7f' || (ascii && c > '\x7e') || (html && c is '"' or '<' or '>' or '&' or '\'' or '+' or '`') =>
                    result.Append("\\u").Append(((int)c).ToString(hexadecimal, CultureInfo.InvariantCulture)),
                _ => result.Append(c),
            };
        }

        return result.ToString();
    }

    private static string Xml(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal)
        .Replace("'", "&apos;", StringComparison.Ordinal);

    /// <summary>The characters of base64 that depend on the secret alone, whatever stands before and after it.</summary>
    private static IEnumerable<string> Base64(byte[] bytes)
    {
        if (bytes.Length < MinBase64Bytes) yield break;
        for (var before = 0; before < 3; before++)
        {
            var padded = new byte[before + bytes.Length];
            bytes.CopyTo(padded, before);
            var all = Convert.ToBase64String(padded);
            var first = ((before * 8) + 5) / 6;
            var end = padded.Length * 8 / 6;
            var certain = all[first..end];
            yield return certain;
            if (certain.AsSpan().ContainsAny('+', '/')) yield return certain.Replace('+', '-').Replace('/', '_');
        }

        var text = Convert.ToBase64String(bytes).TrimEnd('=');
        foreach (var width in WrapWidths)
        {
            for (var start = 0; text.Length > width && start < text.Length; start += width)
            {
                var piece = text[start..Math.Min(text.Length, start + width)];
                if (piece.Length >= MinWrappedRest) yield return piece;
            }
        }
    }
}
