using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Numbers that count something.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes
/// </summary>
internal sealed class NumberRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var site in context.Document.Walk.Sites)
        {
            if (site is not { Rule: { AllowsNumber: true, Text: null }, Node: YamlScalar scalar }
                || TemplateReader.Literal(scalar) is not NumberToken { Value: var number })
                continue;
            if (!double.IsFinite(number) || (site.Path.EndsWith(".max-parallel", StringComparison.Ordinal) && number != Math.Floor(number)))
                context.Report(
                    LintChecks.WrongLiteral,
                    scalar.Place,
                    $"'{site.Key?.Text}' counts: a whole number is expected, not {scalar.Text}",
                    Severity.Warning);
            else if (number <= 0)
                context.Report(LintChecks.NotPositive, scalar, $"'{site.Key?.Text}' must be above zero, not {scalar.Text}");
        }
    }
}
