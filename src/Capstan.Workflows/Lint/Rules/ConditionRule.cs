using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Conditions that decide nothing.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idif
/// </summary>
internal sealed class ConditionRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var site in context.Document.Walk.Sites)
        {
            if (site is { IsCondition: true, Node: YamlScalar scalar } && EmbeddedParts.Of(scalar.Text).FirstOrDefault() is { IsWhole: false })
            {
                context.Report(
                    LintChecks.AlwaysTrue,
                    scalar,
                    "if: condition is always true: it has text (perhaps only a line end) outside of '${{ }}', so its value is a text. "
                    + "Put the whole condition inside, or leave '${{ }}' out");
            }
        }

        foreach (var expression in context.Expressions)
        {
            if (expression is { Site.IsCondition: true, Part.IsWhole: true, Root: { } root } && ExpressionUse.Nodes(root).All(IsConstant))
                expression.Report(
                    context,
                    LintChecks.ConstantCondition,
                    root,
                    "The condition is the same in every run; without 'if', or with 'if: always()', the intention is clear");
        }
    }

    private static bool IsConstant(ExpressionNode node) =>
        node is not ContextNode and not CallNode { Function.Name: "always" or "cancelled" or "failure" or "success" or "hashFiles" };
}
