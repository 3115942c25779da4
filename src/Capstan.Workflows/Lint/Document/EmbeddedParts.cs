using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Lint.Document;

/// <summary>An expression inside a text.</summary>
/// <param name="Text">Without <c>${{ }}</c> and the blanks around it.</param>
/// <param name="Offset">Where <paramref name="Text"/> begins in the whole text, 0-based.</param>
/// <param name="IsWhole">Nothing else stands in the text.</param>
internal sealed record EmbeddedPart(string Text, int Offset, bool IsWhole);

/// <summary>Takes a text with <c>${{ }}</c> apart; unlike the reader of the language it keeps the places.</summary>
internal static class EmbeddedParts
{
    public const string Open = "${{";

    private const string Insert = "insert";

    /// <summary>All closed expressions of the text, in order; what is none is among the <see cref="Mistakes"/>.</summary>
    public static IEnumerable<EmbeddedPart> Of(string text)
    {
        var open = text.IndexOf(Open, StringComparison.Ordinal);
        while (open >= 0)
        {
            var start = open + Open.Length;
            var close = EmbeddedExpressions.FindClose(text, start);
            if (close < 0)
                yield break;

            var content = Trimmed(text, start, close, isWhole: open == 0 && close + 2 == text.Length);
            if (content.Text.Length > 0 && content.Text != Insert)
                yield return content;
            open = text.IndexOf(Open, close + 2, StringComparison.Ordinal);
        }
    }

    /// <summary>Where the text has a <c>${{</c> with nothing in it, or without its end, and what is wrong there.</summary>
    public static IEnumerable<(int Offset, int Length, string Message)> Mistakes(string text)
    {
        var open = text.IndexOf(Open, StringComparison.Ordinal);
        while (open >= 0)
        {
            var close = EmbeddedExpressions.FindClose(text, open + Open.Length);
            if (close < 0)
            {
                yield return (open, Open.Length, EmbeddedExpressions.NotClosed);
                yield break;
            }

            if (text.AsSpan(open + Open.Length, close - open - Open.Length).IsWhiteSpace())
                yield return (open, close + 2 - open, EmbeddedExpressions.Nothing);
            open = text.IndexOf(Open, close + 2, StringComparison.Ordinal);
        }
    }

    /// <summary>The expressions of a condition, which needs no <c>${{ }}</c>.</summary>
    public static IEnumerable<EmbeddedPart> OfCondition(string text)
    {
        if (text.Contains(Open, StringComparison.Ordinal))
            return Of(text);
        var whole = Trimmed(text, 0, text.Length, isWhole: true);
        return whole.Text.Length == 0 ? [] : [whole];
    }

    private static EmbeddedPart Trimmed(string text, int start, int end, bool isWhole)
    {
        var rest = text.AsSpan(start, end - start);
        var offset = start + rest.Length - rest.TrimStart().Length;
        return new EmbeddedPart(rest.Trim().ToString(), offset, isWhole);
    }
}
