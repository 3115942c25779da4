using System.Text;
using Capstan.Cli.Terminals;
using Capstan.Workflows;
using Capstan.Workflows.Lint;

namespace Capstan.Cli.Language.Lint;

/// <summary>Findings as a compiler shows them: the place, the message, the line, and what is meant underlined.</summary>
internal sealed class LintTextView(Terminal terminal) : ILintView
{
    /// <summary>Columns of a line that are shown: a script in one line must not fill the screen.</summary>
    private const int MaxColumns = 160;

    public void Write(IReadOnlyList<LintResult> results)
    {
        foreach (var result in results.Where(result => result.Findings.Count > 0))
        {
            var lines = result.Text.TrimStart('\uFEFF').Split('\n');
            var text = new StringBuilder();
            foreach (var finding in result.Findings)
                Append(text, result.File, finding, lines);
            terminal.Text(text.ToString());
        }

        terminal.Line(Summary(results));
    }

    private void Append(StringBuilder text, string file, LintFinding finding, string[] lines)
    {
        var (tone, word) = finding.Severity == Severity.Error ? (Tone.Bad, "error") : (Tone.Warning, "warning");
        var (place, rule) = (terminal.Paint(Tone.Strong, $"{file}:{finding.Span.Start}"), terminal.Paint(Tone.Quiet, $"[{finding.Check.Rule}]"));
        text.AppendLine($"{place}: {terminal.Paint(tone, word)}: {Printable.Of(finding.Message)} {rule}");

        var (line, column) = (finding.Span.Start.Line, finding.Span.Start.Column);
        if (line < 1 || line > lines.Length)
            return;
        var source = lines[line - 1].TrimEnd('\r').Replace('\t', ' ');
        var (start, before) = Window(source, column - 1);
        var shown = source[start..Math.Min(source.Length, start + MaxColumns)];
        var length = Math.Clamp(finding.Span.Length, 1, Math.Max(1, shown.Length - before));
        var number = line.ToString();
        text.AppendLine($"{terminal.Paint(Tone.Quiet, $"{number} |")} {Printable.Of(shown)}");
        var margin = terminal.Paint(Tone.Quiet, $"{new string(' ', number.Length)} |");
        text.AppendLine($"{margin} {new string(' ', before)}{terminal.Paint(tone, "^" + new string('~', length - 1))}");
    }

    /// <summary>Where the shown part of a line begins, and how much of it stands before the finding.</summary>
    private static (int Start, int Before) Window(string source, int column)
    {
        column = Math.Clamp(column, 0, source.Length);
        var start = column < MaxColumns - (MaxColumns / 4) ? 0 : column - (MaxColumns / 2);
        return (start, column - start);
    }

    private string Summary(IReadOnlyList<LintResult> results)
    {
        var findings = results.SelectMany(result => result.Findings).ToList();
        var errors = findings.Count(finding => finding.Severity == Severity.Error);
        var warnings = findings.Count - errors;
        var files = Count(results.Count, "file");
        if (findings.Count == 0)
            return terminal.Paint(Tone.Good, $"Nothing found in {files}.");
        var touched = results.Count(result => result.Findings.Count > 0);
        return terminal.Paint(errors > 0 ? Tone.Bad : Tone.Warning, $"{Count(errors, "error")}, {Count(warnings, "warning")} in {touched} of {files}.");
    }

    private static string Count(int count, string word) => $"{count} {word}{(count == 1 ? "" : "s")}";
}
