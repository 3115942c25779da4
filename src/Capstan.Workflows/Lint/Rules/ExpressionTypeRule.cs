using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Schema;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Types in expressions: properties that are not there, comparisons that have one result, and values that their key cannot take.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
/// </summary>
internal sealed class ExpressionTypeRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var expression in context.Expressions)
        {
            if (expression.Root is not { } root)
                continue;
            // The result may be an error; what is told on the way to it are warnings.
            var checker = new TypeChecker(
                expression.Part.Text,
                name => context.Types.TypeOf(name, expression.Site),
                context.IsFull(Severity.Warning) ? null : (check, node, message) => expression.Report(context, check, node, message));
            CheckResult(context, expression, checker.Check(root));
        }
    }

    private static void CheckResult(LintContext context, FileExpression expression, ExpressionType type)
    {
        if (type == ExpressionType.Any || expression.Site.IsCondition)
            return;
        var rule = expression.Site.Rule;
        if (!expression.Part.IsWhole || expression.Site.IsKey || IsOnlyText(rule))
        {
            if (!type.IsScalar)
                expression.Report(
                    context,
                    LintChecks.WholeObject,
                    expression.Root!,
                    $"The value is {Describe(type)}, but a text is expected here; toJSON() makes a text of it");
        }
        else if (!Fits(rule, type))
        {
            // A text in '${{ }}' is the text itself, which the language refuses at once; what is computed fails in the run.
            var severity = context.IsRefused(expression.Scalar.Place) ? Severity.Error : Severity.Warning;
            context.Explain(expression.Scalar.Place);
            expression.Report(
                context,
                LintChecks.ExpressionType,
                expression.Root!,
                $"The value is {Describe(type)}, but {rule.Expected} is expected here",
                severity);
        }
    }

    private static bool IsOnlyText(Rule rule) => rule is { Text: not null, AllowsBoolean: false, AllowsNumber: false, Items: null, Mappings.Count: 0 };

    /// <summary>Whether an object stands where a list should is left to the run: what is made from JSON is seldom known so well.</summary>
    private static bool Fits(Rule rule, ExpressionType type) => type switch
    {
        ObjectType or ArrayType => rule.Mappings.Count > 0 || rule.Items is not null,
        _ when type == ExpressionType.Null => rule.AllowsNull,
        _ when type == ExpressionType.Boolean => rule.AllowsBoolean || rule.Text is not null,
        _ when type == ExpressionType.Number => rule.AllowsNumber || rule.Text is not null,
        _ => rule.Text is not null,
    };

    private static string Describe(ExpressionType type) => type switch
    {
        ObjectType => "an object",
        ArrayType => "an array",
        _ when type == ExpressionType.Null => "null",
        _ => $"a {type.Name}",
    };
}
