namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// What the language says about a pipeline. The other rules know the keys of GitHub's files only, and would miss in a pipeline what does not belong there.
/// Source: docs/pipelines.md
/// </summary>
internal sealed class PipelineRule : ILintRule
{
    public void Check(LintContext context)
    {
        // What this program cannot execute yet is no mistake of the file.
        foreach (var found in context.LanguageDiagnostics.Where(found => found.Code is not "not-yet-honoured"))
            context.Report(CheckFor(found.Code), found.Place.IsKnown ? found.Place : new Place(1, 1), found.Message, found.Severity);
    }

    private static LintCheck CheckFor(string code) => code switch
    {
        "unknown-key" => LintChecks.UnknownKey,
        "missing-key" or "ambiguous" => LintChecks.MissingKey,
        "expression" or "expression-not-allowed" => LintChecks.ExpressionSyntax,
        "condition-always-true" => LintChecks.AlwaysTrue,
        "needs" => LintChecks.NeedsUnknown,
        "no-start" => LintChecks.NeedsCycle,
        "uses" => LintChecks.BadActionRef,
        "input" => LintChecks.InputValue,
        "filter-pair" => LintChecks.FilterPair,
        _ => LanguageRule.CheckFor(code),
    };
}
