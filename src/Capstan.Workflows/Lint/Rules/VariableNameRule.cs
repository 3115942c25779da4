using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Names of configuration variables that nobody can create.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#naming-conventions-for-configuration-variables
/// </summary>
internal sealed class VariableNameRule : ILintRule
{
    private const string Reserved = "GITHUB_";

    public void Check(LintContext context)
    {
        foreach (var expression in context.Expressions)
        {
            if (expression.Root is not { } root)
                continue;
            foreach (var index in ExpressionUse.Nodes(root).OfType<IndexNode>())
            {
                if (index is { Target: ContextNode { Name: var name }, Key: LiteralNode { Value: StringValue { Data: var variable } } }
                    && string.Equals(name, "vars", StringComparison.OrdinalIgnoreCase)
                    && Mistake(variable) is { } mistake)
                {
                    expression.Report(context, LintChecks.VariableName, index, $"There can be no configuration variable '{Hint.Show(variable)}': {mistake}");
                }
            }
        }
    }

    private static string? Mistake(string name)
    {
        if (name.StartsWith(Reserved, StringComparison.OrdinalIgnoreCase))
            return $"the prefix {Reserved} is reserved";
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            return "names have letters, digits and '_', and do not begin with a digit";
        return null;
    }
}
