using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// <c>schedule</c> without its lines; what stands in the lines the language checks.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
/// </summary>
internal sealed class ScheduleRule : ILintRule
{
    public void Check(LintContext context)
    {
        if (context.Document.FindEvent("schedule") is { } schedule && (schedule.Content is null || schedule.Content.IsNull()))
            context.Report(LintChecks.ScheduleWithoutCron, schedule.Name, "'schedule' must be followed by a list of lines like \"- cron: '30 5 * * 1'\"");
    }
}
