namespace Capstan.Workflows.Lint;

/// <summary>One rule: looks at a whole document and reports. Rules keep nothing between files, so one instance serves all threads.</summary>
internal interface ILintRule
{
    void Check(LintContext context);
}
