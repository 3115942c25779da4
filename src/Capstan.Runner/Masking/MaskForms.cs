using System.Text;

namespace Capstan.Runner.Masking;

/// <summary>
/// The forms in which a program may print a secret: as it is, line by line, escaped for JSON (also twice), XML, addresses, shells and literals of bytes, the parts that PowerShell
/// colours apart, and in base64. Forms never hold a line end. They are at least those of GitHub's runner, each in the dialects of the common libraries.
/// Source: https://docs.github.com/en/actions/reference/security/secure-use#use-secrets-for-sensitive-information
/// </summary>
internal static class MaskForms
{
    /// <summary>Shorter parts of a secret are not looked for by themselves: they are words that occur everywhere.</summary>
    private const int MinPart = 6;

    /// <summary>A quoted secret of fewer characters is not looked for without its quotes.</summary>
    private const int MinQuoted = 9;

    public static IEnumerable<string> Of(string secret)
    {
        if (string.IsNullOrWhiteSpace(secret)) yield break;
        var lines = secret.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var line in lines)
        {
            foreach (var text in Variants(line))
            {
                foreach (var form in OfText(text)) yield return form;
            }
        }

        if (lines.Length > 1 || lines[0].Length != secret.Length)
        {
            foreach (var form in Base64Forms.Of(Encoding.UTF8.GetBytes(secret))) yield return form;
        }
    }

    /// <summary>The line, and what programs make of it before they print it.</summary>
    private static IEnumerable<string> Variants(string line)
    {
        if (string.IsNullOrWhiteSpace(line)) yield break;
        yield return line;
        var trimmed = line.Trim();
        if (trimmed.Length != line.Length) yield return trimmed;
        if (trimmed.Length >= MinQuoted && trimmed[0] == '"' && trimmed[^1] == '"') yield return trimmed[1..^1];
        foreach (var part in PowerShellParts(line)) yield return part;
    }

    private static IEnumerable<string> OfText(string text)
    {
        yield return text;
        foreach (var form in Base64Forms.Of(Encoding.UTF8.GetBytes(text))) yield return form;
        if (IsPlain(text)) yield break;

        foreach (var form in JsonForms.Of(text)) yield return form;
        foreach (var form in PercentForms.Of(text)) yield return form;
        foreach (var form in QuotedForms.Of(text)) yield return form;
        foreach (var form in ByteForms.Of(text)) yield return form;
    }

    /// <summary>
    /// PowerShell colours the command line that an error is about: at an ampersand the colour changes, and with it the secret comes apart. After <c>&amp;+</c> one
    /// letter more stands by itself.
    /// </summary>
    private static IEnumerable<string> PowerShellParts(string line)
    {
        var both = line.IndexOf("&+", StringComparison.Ordinal);
        var last = line.LastIndexOf('&');
        if (last < 0) yield break;
        var before = both >= 0 ? line[..(both + 2)] : line[..(last + 1)];
        var after = both >= 0 ? line[Math.Min(line.Length, both + 3)..] : line[(last + 1)..];
        if (before.Length >= MinPart && before.Length < line.Length) yield return before;
        if (after.Length >= MinPart) yield return after;
    }

    /// <summary>No writer escapes any of these.</summary>
    private static bool IsPlain(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) return false;
        }

        return true;
    }
}
