using System.Text;
using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Templates;

/// <summary>
/// Text with <c>${{ }}</c> in it. A text that is one expression becomes that expression; anything longer becomes one <c>format('…{0}…', …)</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
/// </summary>
internal static class EmbeddedExpressions
{
    private const string Open = "${{";
    private const string InsertDirective = "insert";

    internal const string NotClosed = "An expression that starts with '${{' must end with '}}'";
    internal const string Nothing = "An expression was expected";

    /// <summary>The token for a text, or null after an error was reported at the text's place (GitHub reports no finer place).</summary>
    public static TemplateToken? Read(Place place, string text, ExpressionRules allowed, Findings findings)
    {
        var open = text.IndexOf(Open, StringComparison.Ordinal);
        if (open < 0)
            return new StringToken(place, text);

        var parts = new FormatParts();
        var position = 0;
        while (open >= 0)
        {
            var close = FindClose(text, open + Open.Length);
            if (close < 0)
                return Fail(findings, place, NotClosed);

            var whole = open == 0 && close + 2 == text.Length;
            var content = text[(open + Open.Length)..close].Trim();
            if (content is InsertDirective)
                return whole ? new InsertToken(place) : Fail(findings, place, InsertMisplaced);

            var parsed = Check(content, allowed, place, findings);
            if (parsed is null)
                return null;
            if (whole)
                return content[0] == '\'' && parsed.Root is LiteralNode { Value: StringValue literal }
                    ? new StringToken(place, literal.Data)
                    : new ExpressionToken(place, content);

            parts.AddText(text.AsSpan(position, open - position));
            parts.AddExpression(content, parsed);
            position = close + 2;
            open = text.IndexOf(Open, position, StringComparison.Ordinal);
        }

        parts.AddText(text.AsSpan(position));
        var format = parts.ToString();
        return parts.MayExceedLimits(format) && Check(format, allowed, place, findings) is null ? null : new ExpressionToken(place, format);
    }

    /// <summary>Reports what is wrong with an expression's text.</summary>
    public static Expression? Check(string expression, ExpressionRules allowed, Place place, Findings findings)
    {
        if (expression.Length == 0)
        {
            findings.Error(place, "expression", Nothing);
            return null;
        }

        var result = ExpressionParser.Parse(expression, allowed);
        if (result.IsValid)
            return result.Expression;

        findings.Error(place, "expression", result.Error.Message + Hint(result.Error, allowed));
        return null;
    }

    private const string InsertMisplaced =
        "The directive 'insert' is not allowed in this context: a directive must be the whole value, it cannot stand inside a text";

    /// <summary>For an unknown name, what may stand here.</summary>
    private static string Hint(ExpressionError error, ExpressionRules allowed) => error.Kind switch
    {
        ExpressionErrorKind.UnknownContext => Suggestion.For(error.Symbol, allowed.Contexts),
        ExpressionErrorKind.UnknownFunction => Suggestion.For(error.Symbol, allowed.FunctionNames),
        _ => "",
    };

    /// <summary>The index of the closing <c>}}</c>, not looking inside quoted texts; below 0 when there is none.</summary>
    internal static int FindClose(string text, int start)
    {
        var quoted = false;
        for (var index = start; index < text.Length; index++)
        {
            if (text[index] == '\'')
                quoted = !quoted;
            else if (!quoted && text[index] == '}' && index + 1 < text.Length && text[index + 1] == '}')
                return index;
        }

        return -1;
    }

    private static TemplateToken? Fail(Findings findings, Place place, string message)
    {
        findings.Error(place, "expression", message);
        return null;
    }

    /// <summary>Builds <c>format('text {0}', expression)</c>.</summary>
    private sealed class FormatParts
    {
        private readonly StringBuilder format = new("format('");
        private readonly StringBuilder arguments = new();
        private int count;
        private int depth;

        public void AddText(ReadOnlySpan<char> text)
        {
            foreach (var character in text)
            {
                format.Append(character);
                if (character is '\'' or '{' or '}')
                    format.Append(character);
            }
        }

        public void AddExpression(string text, Expression parsed)
        {
            format.Append('{').Append(count++).Append('}');
            arguments.Append(", ").Append(text);
            depth = Math.Max(depth, parsed.Root?.Depth ?? 0);
        }

        /// <summary>
        /// Whether the whole may be refused although each of its expressions was not: by its length, its depth, or the number of its arguments.
        /// </summary>
        public bool MayExceedLimits(string format) =>
            format.Length > ExpressionRules.MaxLength || depth >= ExpressionRules.MaxDepth || count >= ExpressionRules.MaxArguments;

        public override string ToString() => $"{format}'{arguments})";
    }
}
