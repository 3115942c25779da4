using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Labels in <c>runs-on</c> that no runner has, or that no one runner can have together. Labels that come from the matrix are looked up there.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idruns-on
/// </summary>
internal sealed class RunnerLabelRule : ILintRule
{
    public void Check(LintContext context)
    {
        var patterns = context.Settings.RunnerLabels.Select(LintSettingsReader.PathPattern).ToList();
        foreach (var job in context.Document.Jobs)
        {
            var runsOn = new RunsOn(job);
            foreach (var label in runsOn.Resolved.TakeWhile(_ => !context.IsFull(Severity.Warning)))
            {
                if (RunnerLabels.Find(label.Text) is null && !patterns.Exists(pattern => pattern.IsMatch(label.Text)))
                {
                    context.Report(
                        LintChecks.UnknownLabel,
                        label,
                        $"label \"{Hint.Show(label.Text)}\" is unknown. available labels are those of GitHub's hosted runners (ubuntu-latest, "
                        + "windows-2025, …), "
                        + $"self-hosted, linux, windows, macos, x64, arm, arm64{RunnerLabels.Suggest(label.Text)}; name your own in actionlint.yaml");
                }
            }

            CheckConflicts(context, runsOn.Written);
        }
    }

    private static void CheckConflicts(LintContext context, IReadOnlyList<YamlScalar> labels)
    {
        var earlier = new List<(YamlScalar Label, RunnerLabel Known)>();
        foreach (var label in labels)
        {
            if (RunnerLabels.Find(label.Text) is not { } known)
                continue;
            var conflict = earlier.Find(other => other.Known.Conflicts(known));
            if (conflict.Label is not null)
                context.Report(
                    LintChecks.LabelConflict,
                    label,
                    $"No runner has both '{label.Text}' and '{conflict.Label.Text}': a job runs on one machine that has all its labels. To run on each "
                    + "of them, use a matrix");
            else if (earlier.TrueForAll(other => other.Known != known))
                earlier.Add((label, known));
        }
    }
}
