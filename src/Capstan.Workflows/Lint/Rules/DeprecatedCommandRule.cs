using System.Text.RegularExpressions;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Workflow commands that were replaced by files.
/// Source: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/
/// and https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/
/// </summary>
internal sealed partial class DeprecatedCommandRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var script in context.Document.Jobs.SelectMany(job => job.Steps).Select(step => step.Run).OfType<Yaml.YamlScalar>())
        {
            foreach (Match found in Command().Matches(script.Text))
            {
                var name = found.Groups["name"].Value + found.Groups["path"].Value;
                var file = name switch
                {
                    "set-output" => "GITHUB_OUTPUT",
                    "save-state" => "GITHUB_STATE",
                    "set-env" => "GITHUB_ENV",
                    _ => "GITHUB_PATH",
                };
                context.Report(
                    LintChecks.DeprecatedCommand,
                    script,
                    found.Index,
                    found.Length,
                    $"The workflow command '{name}' is deprecated; write to the file that ${file} names");
            }
        }
    }

    [GeneratedRegex(
        "::(?:(?<name>set-output|save-state|set-env) +name=|(?<path>add-path)::)",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}
