using System.Net;
using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>A text inside the quotes of XML, HTML, shells, command lines and expressions. Pure.</summary>
internal static class QuotedForms
{
    /// <summary>How the quotes are written; the ampersand and the angle brackets have one form only.</summary>
    private static readonly (string Double, string Single)[] Markup =
    [
        ("\"", "'"),
        ("&quot;", "'"),
        ("&quot;", "&apos;"),
        ("&quot;", "&#39;"),
        ("&quot;", "&#x27;"),
        ("&#34;", "&#39;"),
    ];

    /// <summary>What stands before each of these characters, or in its place.</summary>
    private static readonly (string Characters, Func<char, string> Write)[] Quotings =
    [
        // Single quotes of a shell, ended and begun again.
        ("'", _ => "'\\''"),
        ("'", _ => "'\"'\"'"),
        // Single quotes of PowerShell, YAML and expressions.
        ("'", _ => "''"),
        // Arguments of a command line.
        ("\"", _ => "\\\""),
        // Double quotes of a shell.
        ("\"\\$`", c => "\\" + c),
        // printf %q.
        (" \t'\"\\|&;()<>!{}*[?]^$`,", c => "\\" + c),
        // $'…' of bash.
        ("'\\", c => "\\" + c),
    ];

    public static IEnumerable<string> Of(string text)
    {
        foreach (var (doubleQuote, singleQuote) in Markup)
        {
            yield return text
                .Replace("&", "&amp;", StringComparison.Ordinal)
                .Replace("<", "&lt;", StringComparison.Ordinal)
                .Replace(">", "&gt;", StringComparison.Ordinal)
                .Replace("\"", doubleQuote, StringComparison.Ordinal)
                .Replace("'", singleQuote, StringComparison.Ordinal);
        }

        // .NET writes the upper half of Latin-1 as numbers, too.
        yield return WebUtility.HtmlEncode(text);
        foreach (var (characters, write) in Quotings)
        {
            if (!text.AsSpan().ContainsAny(characters)) continue;
            var result = new StringBuilder(text.Length + 8);
            foreach (var c in text)
            {
                if (characters.Contains(c, StringComparison.Ordinal)) result.Append(write(c));
                else result.Append(c);
            }

            yield return result.ToString();
        }
    }
}
