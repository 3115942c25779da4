using System.Net;
using System.Security;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using System.Web;

namespace Capstan.Runner.Tests.Masking;

/// <summary>A secret as a program printed it.</summary>
/// <param name="Neighbours">How many characters of the encoding may be left because they hold bits of what stands beside the secret.</param>
/// <param name="LineEnds">How many line ends are written as escapes, which may be left.</param>
internal sealed record Printed(string Encoding, string Text, int Neighbours = 0, int LineEnds = 0)
{
    private const string EscapedLineEnd = "\\rnu0dDaA%";

    private const int LongestEscapedLineEnd = 14;

    public bool MayLeave(string rest) => LineEnds > 0
        ? rest.Length <= LineEnds * LongestEscapedLineEnd && rest.All(c => EscapedLineEnd.Contains(c, StringComparison.Ordinal))
        : rest.Length <= Neighbours;
}

/// <summary>How programs print secrets: by the encoders of .NET, and by the rules of those of other languages. None of it is the code under test.</summary>
internal static class SecretEncodings
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions AllRanges = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Of one line.</summary>
    private static readonly (string Name, Func<string, string> Encode)[] Texts =
    [
        ("text", text => text),
        ("trimmed text", text => text.Trim()),
        ("JSON", Json),
        ("JSON of JSON.stringify", Stringify),
        ("JSON of JSON.stringify, twice", text => Stringify(Stringify(text))),
        ("JSON, relaxed", text => Json(text, Relaxed)),
        ("JSON, relaxed in plain", text => Json(Stringify(text), Relaxed)),
        ("JSON twice", text => Json(Json(text))),
        ("JSON of Python, twice", text => Ascii(Ascii(text))),
        ("JSON of PHP", text => Stringify(text).Replace("/", "\\/", StringComparison.Ordinal)),
        ("bytes of Python", PythonBytes),
        ("RFC 3986", Uri.EscapeDataString),
        ("encodeURIComponent", text => Percent(text, "-_.!~*'()")),
        ("encodeURI", text => Percent(text, "-_.!~*'();,/?:@&=+$#")),
        ("quote of Python", text => Percent(text, "-_.~/")),
        ("form", text => WebUtility.UrlEncode(text)),
        ("form with small digits", text => HttpUtility.UrlEncode(text)),
        ("RFC 3986 with small digits", text => LowerPercent(Uri.EscapeDataString(text))),
        ("XML", text => SecurityElement.Escape(text) ?? ""),
        ("HTML", text => WebUtility.HtmlEncode(text)),
        ("HTML of Python", text => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#x27;", StringComparison.Ordinal)),
        ("single quotes of a shell", text => text.Replace("'", "'\\''", StringComparison.Ordinal)),
        ("single quotes of PowerShell", text => text.Replace("'", "''", StringComparison.Ordinal)),
        ("argument of a command line", text => text.Replace("\"", "\\\"", StringComparison.Ordinal)),
    ];

    /// <summary>Of a whole secret: its line ends become escapes.</summary>
    private static readonly (string Name, Func<string, string> Encode)[] Wholes =
    [
        ("JSON", Json),
        ("JSON of JSON.stringify, twice", text => Stringify(Stringify(text))),
        ("RFC 3986", Uri.EscapeDataString),
    ];

    public static Printed Print(string secret, Random random)
    {
        var lines = secret.Split(["\r\n", "\n"], StringSplitOptions.None);
        if (lines.Length > 1 && random.Next(2) == 0)
        {
            var (name, encode) = Wholes[random.Next(Wholes.Length)];
            return new Printed(name, encode(secret), LineEnds: lines.Length - 1);
        }

        var line = random.Next(3) == 0 ? secret : lines[random.Next(lines.Length)];
        if (random.Next(3) == 0 && Encoding.UTF8.GetByteCount(line) >= 4) return Base64(line, random);
        var (single, encodeSingle) = Texts[random.Next(Texts.Length)];
        line = lines[random.Next(lines.Length)];
        return new Printed(single, encodeSingle(line));
    }

    /// <summary>As a part of something longer, whose other bytes share characters with it at both ends.</summary>
    private static Printed Base64(string text, Random random)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var before = random.Next(6);
        var after = random.Next(6);
        var all = new byte[before + bytes.Length + after];
        random.NextBytes(all);
        bytes.CopyTo(all, before);
        var encoded = Convert.ToBase64String(all);
        if (random.Next(2) == 0) encoded = encoded.Replace('+', '-').Replace('/', '_').TrimEnd('=');
        var neighbours = (((before * 8) + 5) / 6) + (((after * 8) + 5) / 6) + 1 + encoded.Count(c => c == '=');
        return new Printed("base64", encoded, neighbours);
    }

    private static string Json(string text) => JsonSerializer.Serialize(text)[1..^1];

    private static string Json(string text, JsonSerializerOptions options) => JsonSerializer.Serialize(text, options)[1..^1];

    /// <summary>By https://tc39.es/ecma262/#sec-quotejsonstring.</summary>
    private static string Stringify(string text) => string.Concat(text.Select(c => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        < ' ' => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    }));

    /// <summary>json.dumps of Python: all but ASCII as codes.</summary>
    private static string Ascii(string text) => string.Concat(Stringify(text).Select(c => c >= '\x7f' ? $"\\u{(int)c:x4}" : c.ToString()));

    /// <summary>repr of Python's bytes. Source: https://github.com/python/cpython/blob/main/Objects/bytesobject.c</summary>
    private static string PythonBytes(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        return string.Concat(Encoding.UTF8.GetBytes(text).Select(b => (char)b switch
        {
            '\\' => "\\\\",
            '\t' => "\\t",
            '\n' => "\\n",
            '\r' => "\\r",
            var c when c == quote => "\\" + c,
            >= ' ' and < '\x7f' => ((char)b).ToString(),
            _ => $"\\x{b:x2}",
        }));
    }

    private static string Percent(string text, string bare) => string.Concat(Encoding.UTF8.GetBytes(text)
        .Select(b => char.IsAsciiLetterOrDigit((char)b) || bare.Contains((char)b, StringComparison.Ordinal) ? ((char)b).ToString() : $"%{b:X2}"));

    private static string LowerPercent(string text)
    {
        var result = new StringBuilder(text);
        for (var i = 0; i + 2 < result.Length; i++)
        {
            if (result[i] != '%') continue;
            result[i + 1] = char.ToLowerInvariant(result[i + 1]);
            result[i + 2] = char.ToLowerInvariant(result[i + 2]);
        }

        return result.ToString();
    }
}
