using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Capstan.Runner.Masking;

/// <summary>A text inside a JSON string, as each writer escapes it, and inside a JSON string that stands in another one. Pure.</summary>
internal static class JsonForms
{
    private static readonly Dialect[] Dialects =
    [
        // JSON.stringify, Newtonsoft, toJSON() of workflows.
        new(),
        // jq.
        new() { Delete = true },
        // Python.
        new() { Delete = true, Ascii = true },
        // Go.
        new() { Also = "<>&\u2028\u2029" },
        // PHP.
        new() { Slash = true, Ascii = true },
        new() { Slash = true },
        // Newtonsoft with StringEscapeHandling, and others with capitals.
        new() { Delete = true, Ascii = true, Upper = true },
        // Rails, PowerShell 5.
        new() { Also = "<>&'" },
        // Writers that know no short escapes.
        new() { Long = true },
        new() { Long = true, Ascii = true, Delete = true },
        new() { Long = true, Ascii = true, Delete = true, Upper = true },
    ];

    /// <summary>System.Text.Json knows the whole of Unicode: it says itself what it escapes.</summary>
    private static readonly JavaScriptEncoder[] Encoders =
        [JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping, JavaScriptEncoder.Create(UnicodeRanges.All)];

    public static IEnumerable<string> Of(string text)
    {
        var once = Once(text).Distinct(StringComparer.Ordinal).ToList();
        return once.Concat(once.SelectMany(Once));
    }

    private static IEnumerable<string> Once(string text) =>
        Dialects.Select(dialect => dialect.Escape(text)).Concat(Encoders.Select(encoder => encoder.Encode(text)));

    private sealed class Dialect
    {
        /// <summary>All but ASCII is written as <c>\uXXXX</c>.</summary>
        public bool Ascii { get; init; }

        /// <summary>So is the character 127.</summary>
        public bool Delete { get; init; }

        /// <summary>So are these.</summary>
        public string Also { get; init; } = "";

        /// <summary>So are tabulator, backspace and form feed, for which there are short forms.</summary>
        public bool Long { get; init; }

        /// <summary>A slash has a backslash before it.</summary>
        public bool Slash { get; init; }

        /// <summary>Hexadecimal digits are capitals.</summary>
        public bool Upper { get; init; }

        public string Escape(string text)
        {
            var result = new StringBuilder(text.Length + 8);
            foreach (var c in text)
            {
                _ = c switch
                {
                    _ when Also.Contains(c, StringComparison.Ordinal) => Code(result, c),
                    '"' => result.Append("\\\""),
                    '\\' => result.Append("\\\\"),
                    '/' when Slash => result.Append("\\/"),
                    '\t' when !Long => result.Append("\\t"),
                    '\b' when !Long => result.Append("\\b"),
                    '\f' when !Long => result.Append("\\f"),
                    < ' ' => Code(result, c),
                    '\x7f' when Delete => Code(result, c),
                    > '\x7f' when Ascii => Code(result, c),
                    _ => result.Append(c),
                };
            }

            return result.ToString();
        }

        private StringBuilder Code(StringBuilder result, char c) =>
            result.Append("\\u").Append(((int)c).ToString(Upper ? "X4" : "x4", CultureInfo.InvariantCulture));
    }
}
