using Capstan.Cli.Terminals;
using Capstan.Server.Logs;

namespace Capstan.Cli.Runs;

/// <summary>Prints log lines for people: marks become words and signs, colours stay where the terminal has them. Safe for concurrent use.</summary>
/// <param name="withTimes">Each line keeps its time.</param>
internal sealed class LogPrinter(Terminal terminal, bool withTimes)
{
    private const string MarkStart = "##[";

    /// <param name="prefix">The job's name, when several are printed; empty otherwise.</param>
    public void Print(string prefix, string line)
    {
        var parsed = LogLine.Parse(line);
        if (Dress(parsed) is not { } text)
        {
            return;
        }

        var time = withTimes && parsed.Time is { } at ? terminal.Paint(Tone.Quiet, $"{at:HH:mm:ss.fff} ") : "";
        var job = prefix.Length > 0 ? terminal.Paint(Tone.Active, $"{prefix} │ ") : "";

        // A colour that the line leaves on must not run into the next one.
        terminal.Line($"{job}{time}{text}{(terminal.HasColour && text.Contains('\u001b', StringComparison.Ordinal) ? "\u001b[0m" : "")}");
    }

    /// <returns>Null: the line is for machines only.</returns>
    private string? Dress(LogLine line)
    {
        var plain = line.PlainText();
        if (!plain.StartsWith(MarkStart, StringComparison.Ordinal) || plain.IndexOf(']', StringComparison.Ordinal) is var end && end < 0)
        {
            return terminal.HasColour ? ColoursOnly(line.Text) : plain;
        }

        var rest = plain[(end + 1)..];
        return plain[MarkStart.Length..end] switch
        {
            "group" => terminal.Paint(Tone.Strong, $"▸ {rest}"),
            "endgroup" => null,
            "error" => terminal.Paint(Tone.Bad, $"Error: {rest}"),
            "warning" => terminal.Paint(Tone.Warning, $"Warning: {rest}"),
            "notice" => terminal.Paint(Tone.Active, $"Notice: {rest}"),
            "debug" => terminal.Paint(Tone.Quiet, rest),
            "command" => terminal.Paint(Tone.Active, rest),
            _ => plain,
        };
    }

    /// <summary>A job's output may colour itself; moving the cursor or naming the window is not its business.</summary>
    private static string ColoursOnly(string text)
    {
        if (!text.Contains('\u001b', StringComparison.Ordinal))
        {
            return new LogLine(null, text).PlainText();
        }

        var kept = new System.Text.StringBuilder();
        var at = 0;
        while (text.IndexOf("\u001b[", at, StringComparison.Ordinal) is var start && start >= 0)
        {
            kept.Append(new LogLine(null, text[at..start]).PlainText());
            var end = start + 2;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is ';' or ':'))
            {
                end++;
            }

            if (end < text.Length && text[end] == 'm')
            {
                kept.Append(text, start, end - start + 1);
                at = end + 1;
            }
            else
            {
                // Another sequence: what it does is left out by the plain text of the rest.
                return kept.Append(new LogLine(null, text[start..]).PlainText()).ToString();
            }
        }

        return kept.Append(new LogLine(null, text[at..]).PlainText()).ToString();
    }
}
