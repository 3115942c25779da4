using Capstan.Conformance;
using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class LintChecksTests
{
    [Fact]
    public void Every_check_has_a_name_of_its_own_and_a_link()
    {
        Assert.Equal(LintChecks.All.Count, LintChecks.All.Select(check => check.Id).Distinct().Count());
        Assert.All(LintChecks.All, check => Assert.StartsWith("https://", check.Link, StringComparison.Ordinal));
    }

    [Fact]
    public void The_documentation_has_a_line_for_every_check()
    {
        var lines = File.ReadAllLines(Path.Combine(Corpora.CheckoutFolder(), "docs", "lint.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToList();

        Assert.Equal(
            LintChecks.All.Select(check => $"| `{check.Rule}` | `{check.Category}` | {check.Severity.ToString().ToLowerInvariant()} | {check.Summary} | ").Order(StringComparer.Ordinal),
            lines.Select(line => string.Join('|', line.Split('|')[..5]) + "| ").Order(StringComparer.Ordinal));
    }
}
