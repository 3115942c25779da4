using System.Text.Json;
using Capstan.Cli.Terminals;
using Capstan.Workflows;
using Capstan.Workflows.Lint;

namespace Capstan.Cli.Language.Lint;

/// <summary>
/// Findings for code scanning.
/// Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
/// </summary>
internal sealed class LintSarifView(Terminal terminal) : ILintView
{
    private const string Schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    public void Write(IReadOnlyList<LintResult> results) => LintOutput.Write(terminal, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", Schema);
        writer.WriteString("version", "2.1.0");
        writer.WriteStartArray("runs");
        writer.WriteStartObject();
        WriteTool(writer);
        writer.WriteString("columnKind", "utf16CodeUnits");
        writer.WriteStartArray("results");
        foreach (var result in results)
        {
            foreach (var finding in result.Findings)
                WriteResult(writer, result.File, finding);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteTool(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("tool");
        writer.WriteStartObject("driver");
        writer.WriteString("name", "capstan lint");
        writer.WriteString("version", ProgramVersion.Text);
        writer.WriteStartArray("rules");
        foreach (var check in LintChecks.All)
        {
            writer.WriteStartObject();
            writer.WriteString("id", check.Id);
            WriteText(writer, "shortDescription", check.Summary);
            writer.WriteString("helpUri", check.Link);
            writer.WriteStartObject("defaultConfiguration");
            writer.WriteString("level", Level(check.Severity));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter writer, string file, LintFinding finding)
    {
        writer.WriteStartObject();
        writer.WriteString("ruleId", finding.Check.Id);
        writer.WriteString("level", Level(finding.Severity));
        WriteText(writer, "message", finding.Message);
        writer.WriteStartArray("locations");
        writer.WriteStartObject();
        writer.WriteStartObject("physicalLocation");
        writer.WriteStartObject("artifactLocation");
        writer.WriteString("uri", Uri.EscapeDataString(file).Replace("%2F", "/", StringComparison.Ordinal));
        writer.WriteEndObject();
        writer.WriteStartObject("region");
        writer.WriteNumber("startLine", finding.Span.Start.Line);
        writer.WriteNumber("startColumn", finding.Span.Start.Column);
        if (finding.Span.Length > 0)
            writer.WriteNumber("endColumn", finding.Span.Start.Column + finding.Span.Length);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, string property, string text)
    {
        writer.WriteStartObject(property);
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }

    private static string Level(Severity severity) => severity == Severity.Error ? "error" : "warning";
}
