using System.Text;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>
/// The last lines of a terminal, drawn over and over; what scrolls goes above them. Every change is one write, so nothing flickers; only what is much longer than any
/// window comes in several.
/// </summary>
/// <remarks>Not safe for concurrent use; the view locks.</remarks>
internal sealed class LiveRegion(Terminal terminal)
{
    /// <summary>UTF-16 units.</summary>
    private const int MaxPiece = 256 * 1024;

    private const char Escape = '\u001b';
    private int drawn;
    private IReadOnlyList<string> shown = [];

    /// <summary>Replaces the region; what does not fit the window is cut off at the top and at the right.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        Erase(text);
        Append(text, lines);
        terminal.Text(text.ToString());
    }

    /// <summary>Writes lines above the region, where they stay.</summary>
    /// <param name="rest">What the region shows from now on, if anything was drawn before; null: what it showed.</param>
    public void Scroll(IEnumerable<string> lines, IReadOnlyList<string>? rest = null)
    {
        var text = new StringBuilder();
        Erase(text);
        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
            if (text.Length < MaxPiece)
            {
                continue;
            }

            terminal.Text(text.ToString());
            text.Clear();
        }

        if (shown.Count > 0)
        {
            Append(text, rest ?? shown);
        }

        terminal.Text(text.ToString());
    }

    public void Clear()
    {
        var text = new StringBuilder();
        Erase(text);
        terminal.Text(text.ToString());
        shown = [];
    }

    /// <summary>The text without control characters and escape sequences, which would draw outside the region.</summary>
    public static string Visible(string line)
    {
        var text = new StringBuilder(line.Length);
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == Escape)
            {
                at = EndOfSequence(line, at);
            }
            else if (!char.IsControl(line[at]))
            {
                text.Append(line[at]);
            }
            else if (line[at] == '\t')
            {
                text.Append(' ');
            }
        }

        return text.ToString();
    }

    /// <summary>A sequence is the escape, a bracket, parameters, and a letter that ends it.</summary>
    private static int EndOfSequence(string line, int at)
    {
        var end = at + 1;
        if (end < line.Length && line[end] == '[')
        {
            do
            {
                end++;
            }
            while (end < line.Length && line[end] is < '@' or > '~');
        }

        return end;
    }

    private void Append(StringBuilder text, IReadOnlyList<string> lines)
    {
        var (width, height) = (terminal.Width, terminal.Height);
        shown = lines;
        drawn = 0;
        foreach (var line in lines.Skip(Math.Max(0, lines.Count - (height - 1))))
        {
            AppendCut(text, line, width - 1);
            text.Append('\n');
            drawn++;
        }
    }

    /// <summary>Escape sequences take no columns and are never cut.</summary>
    private static void AppendCut(StringBuilder text, string line, int width)
    {
        var column = 0;
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == Escape)
            {
                var end = EndOfSequence(line, at);
                text.Append(line, at, Math.Min(end + 1, line.Length) - at);
                at = end;
            }
            else if (column++ < width)
            {
                text.Append(line[at]);
            }
        }
    }

    private void Erase(StringBuilder text)
    {
        if (drawn > 0)
        {
            text.Append(Escape).Append('[').Append(drawn).Append('A').Append('\r').Append(Escape).Append("[J");
            drawn = 0;
        }
    }
}
