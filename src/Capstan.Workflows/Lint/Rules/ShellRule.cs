using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Names of shells: one of the runner's own, for the job's system, or a command with <c>{0}</c> for the script's file.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
/// </summary>
internal sealed class ShellRule : ILintRule
{
    private const string ScriptFile = "{0}";

    private static readonly string[] Everywhere = ["bash", "pwsh", "python"];

    public void Check(LintContext context)
    {
        CheckShell(context, context.Document.Root.Find("defaults")?.Value, null);
        foreach (var job in context.Document.Jobs)
        {
            var system = new RunsOn(job).System;
            CheckShell(context, job.Body.Find("defaults")?.Value, system);
            foreach (var step in job.Steps)
                Check(context, step.Body.Find("shell")?.Value, system);
        }
    }

    private static void CheckShell(LintContext context, YamlNode? defaults, string? system) =>
        Check(context, defaults.Find("run")?.Value.Find("shell")?.Value, system);

    private static void Check(LintContext context, YamlNode? node, string? system)
    {
        if (node is not YamlScalar { Text.Length: > 0 } shell || shell.HasExpression() || shell.Text.Contains(ScriptFile, StringComparison.Ordinal))
            return;
        string[] names = system switch
        {
            RunnerLabels.Windows => [.. Everywhere, "cmd", "powershell"],
            null => [.. Everywhere, "sh", "cmd", "powershell"],
            _ => [.. Everywhere, "sh"],
        };
        if (!names.Contains(shell.Text, StringComparer.OrdinalIgnoreCase))
            context.Report(
                LintChecks.UnknownShell,
                shell,
                $"There is no shell '{Hint.Show(shell.Text)}'{(system is null ? "" : $" on {system}")}{Hint.For(shell.Text, names)}; a command of your "
                + $"own has {ScriptFile} for the script's file");
    }
}
