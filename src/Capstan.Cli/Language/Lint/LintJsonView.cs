using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows;

namespace Capstan.Cli.Language.Lint;

/// <summary>
/// Findings for programs, one array. <c>line</c> and <c>col</c> say where the value begins that a finding is about, <c>at</c> what in it: they differ for
/// expressions in texts of several lines.
/// </summary>
internal sealed class LintJsonView(Terminal terminal) : ILintView
{
    public void Write(IReadOnlyList<LintResult> results) => LintOutput.Write(terminal, writer =>
    {
        writer.WriteStartArray();
        foreach (var result in results)
        {
            foreach (var finding in result.Findings)
            {
                writer.WriteStartObject();
                writer.WriteString("file", result.File);
                writer.WriteNumber("line", finding.Place.Line);
                writer.WriteNumber("col", finding.Place.Column);
                writer.WriteString("rule", finding.Check.Rule);
                writer.WriteString("category", finding.Check.Category);
                writer.WriteString("message", finding.Message);
                writer.WriteString("severity", finding.Severity == Severity.Error ? "error" : "warning");
                WriteSpan(writer, finding.Span);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    });

    private static void WriteSpan(Utf8JsonWriter writer, Workflows.Lint.LintSpan span)
    {
        writer.WriteStartObject("at");
        writer.WriteNumber("line", span.Start.Line);
        writer.WriteNumber("col", span.Start.Column);
        writer.WriteNumber("length", span.Length);
        writer.WriteEndObject();
    }
}
