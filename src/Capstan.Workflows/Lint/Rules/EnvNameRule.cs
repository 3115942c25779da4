using System.Buffers;
using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Names that no process can get as an environment variable, or no shell can read.
/// Source: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
/// </summary>
internal sealed class EnvNameRule : ILintRule
{
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("&= \t\n\0");

    public void Check(LintContext context)
    {
        foreach (var site in context.Document.Walk.Sites)
        {
            if (site.IsKey || site.Key?.Text != "env" || (site.Path != "env" && !site.Path.EndsWith(".env", StringComparison.Ordinal)))
                continue;
            foreach (var entry in site.Node.Entries())
            {
                if (!entry.Key.HasExpression() && (entry.Name.Length == 0 || entry.Name.AsSpan().ContainsAny(Forbidden)))
                    context.Report(
                        LintChecks.EnvName,
                        entry.Key,
                        $"'{Hint.Show(entry.Name)}' is no name of an environment variable: blanks, '=' and '&' cannot stand in one");
            }
        }
    }
}
