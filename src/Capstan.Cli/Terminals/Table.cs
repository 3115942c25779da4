using System.Text;

namespace Capstan.Cli.Terminals;

/// <param name="Tone">Null: as all text.</param>
internal readonly record struct Cell(string Text, Tone? Tone = null)
{
    public static implicit operator Cell(string? text) => new(text ?? "");
}

/// <summary>
/// Rows in columns: for a person aligned, with a headline, the widest columns cut to the window; for a pipe one line a row with tabulators and nothing cut, so
/// that <c>cut</c> and <c>awk</c> work.
/// </summary>
internal sealed class Table(params string[] headers)
{
    private const int Gap = 2;
    private const int NarrowestColumn = 8;

    private readonly List<Cell[]> rows = [];

    public void Add(params Cell[] cells) => rows.Add([.. cells.Select(cell => cell with { Text = OneLine(cell.Text) })]);

    public void Write(Terminal terminal)
    {
        if (!terminal.IsInteractive)
        {
            foreach (var row in rows)
            {
                terminal.Line(string.Join('\t', row.Select(cell => cell.Text)));
            }

            return;
        }

        var widths = Widths(terminal.Width);
        terminal.Line(Draw([.. headers.Select(header => new Cell(header.ToUpperInvariant(), Tone.Quiet))], widths, terminal));
        foreach (var row in rows)
        {
            terminal.Line(Draw(row, widths, terminal));
        }
    }

    /// <summary>What each column needs; while all together are too wide, the widest one gives.</summary>
    private int[] Widths(int window)
    {
        var widths = headers.Select((header, column) => rows.Select(row => row[column].Text.Length).Append(header.Length).Max()).ToArray();
        while (widths.Sum() + (Gap * (widths.Length - 1)) > window && widths.Max() > NarrowestColumn)
        {
            widths[Array.IndexOf(widths, widths.Max())]--;
        }

        return widths;
    }

    private static string Draw(Cell[] row, int[] widths, Terminal terminal)
    {
        var line = new StringBuilder();
        for (var column = 0; column < row.Length; column++)
        {
            var text = row[column].Text;
            var shown = text.Length <= widths[column] ? text : string.Concat(text.AsSpan(0, widths[column] - 1), "…");
            line.Append(row[column].Tone is { } tone ? terminal.Paint(tone, shown) : shown);
            if (column < row.Length - 1)
            {
                line.Append(' ', widths[column] - shown.Length + Gap);
            }
        }

        return line.ToString();
    }

    // A title or a branch is a stranger's: it must neither break the row nor reach the terminal as an escape sequence.
    private static string OneLine(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f') ? string.Concat(text.Select(c => c < ' ' ? ' ' : c)) : text;
}
