using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The <c>if</c> of a job or step: an expression with or without <c>${{ }}</c>, wrapped in <c>success()</c> unless it asks for the status itself.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
internal static class ConditionReader
{
    public static string Read(TemplateToken? token, ExpressionRules rules, Findings findings)
    {
        var text = token switch
        {
            ExpressionToken expression => expression.Expression,
            StringToken literal => literal.Value,
            _ => "",
        };
        if (token is null || string.IsNullOrWhiteSpace(text))
            return Condition.Default;

        var parsed = EmbeddedExpressions.Check(text.Trim(), rules, token.Place, findings);
        if (parsed is null)
            return Condition.Default;

        if (token is ExpressionToken && parsed.Root is CallNode { Function.Name: "format" } call && call.Arguments[0] is LiteralNode { Value: StringValue format } && HasLetters(format.Data))
        {
            findings.Warning(
                token.Place,
                "condition-always-true",
                "The condition has text outside of '${{ }}', so it is a text and always true; put the whole condition inside '${{ }}'");
        }

        return IsWithinLimits(parsed, rules, token.Place, findings) ? Condition.WithStatus(parsed) : Condition.Default;
    }

    /// <summary>A condition that is wrapped must still be one afterwards: nobody is to learn at run time that it was a few characters too long.</summary>
    private static bool IsWithinLimits(Expression condition, ExpressionRules rules, Place place, Findings findings)
    {
        var whole = Condition.WithStatus(condition);
        return whole.Length == condition.Text.Length
            || (whole.Length <= ExpressionRules.MaxLength && condition.Root!.Depth < ExpressionRules.MaxDepth)
            || EmbeddedExpressions.Check(whole, rules, place, findings) is not null;
    }

    /// <summary>Whether anything but placeholders stands in a format.</summary>
    private static bool HasLetters(string format)
    {
        var depth = 0;
        foreach (var letter in format)
        {
            if (letter == '{')
                depth++;
            else if (letter == '}')
                depth--;
            else if (depth == 0)
                return true;
        }

        return false;
    }
}
