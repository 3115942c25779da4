using Capstan.Workflows.Expressions;
using Capstan.Workflows.Expressions.Functions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The <c>if</c> of a job or step: an expression with or without <c>${{ }}</c>, wrapped in <c>success()</c> unless it asks for the status itself.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
internal static class ConditionReader
{
    public static string Read(TemplateToken? token, ExpressionRules rules, Findings findings) =>
        Parse(token, rules, findings) is { } condition && IsWithinLimits(condition, rules, token!.Place, findings)
            ? Condition.WithStatus(condition)
            : Condition.Default;

    /// <summary>
    /// The <c>pre-if</c> and <c>post-if</c> of an action, which ask for the status only where they say so: what is to be tidied up is tidied up after a
    /// failure, too.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runspost-if
    /// </summary>
    public static string ReadForAction(TemplateToken? token, ExpressionRules rules, Findings findings) =>
        Parse(token, rules, findings)?.Text ?? Condition.Always;

    private static Expression? Parse(TemplateToken? token, ExpressionRules rules, Findings findings)
    {
        var text = token switch
        {
            ExpressionToken expression => expression.Expression,
            StringToken literal => literal.Value,
            _ => "",
        };
        if (token is null || string.IsNullOrWhiteSpace(text))
            return null;

        var parsed = EmbeddedExpressions.Check(text.Trim(), rules, token.Place, findings);
        if (parsed is null)
            return null;

        if (token is ExpressionToken && parsed.Root is CallNode { Function.Name: "format" } call
            && call.Arguments[0] is LiteralNode { Value: StringValue format } && HasText(format.Data))
        {
            findings.Warning(
                token.Place,
                "condition-always-true",
                "The condition has text outside of '${{ }}', so it is a text and always true; put the whole condition inside '${{ }}'");
        }

        return parsed;
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
    private static bool HasText(string format) => FormatText.Parse(format)?.Exists(part => part is { Argument: null, Text.Length: > 0 }) ?? false;
}
