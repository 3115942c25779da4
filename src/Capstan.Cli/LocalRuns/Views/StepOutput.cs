using System.Text;
using Capstan.Cli.Terminals;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>
/// Makes a step's log lines readable for people: the group in front that repeats the script and its environment is left out, other groups get a heading, and
/// <c>##[error]</c> and its like get their colours. One instance reads the lines of one step, in order.
/// </summary>
internal sealed class StepOutput(Terminal terminal)
{
    private static ReadOnlySpan<byte> MarkBegin => "##["u8;

    private const string Group = "##[group]";
    private const string EndGroup = "##[endgroup]";

    private bool begun;
    private bool inHeader;

    /// <param name="shown">The line as it is to be shown; most are shown as they are.</param>
    /// <returns>False when it is not to be shown.</returns>
    public bool Shows(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> shown)
    {
        shown = line;
        if (begun && !inHeader && !line.StartsWith(MarkBegin))
        {
            return true;
        }

        if (Show(Encoding.UTF8.GetString(line)) is not { } text)
        {
            return false;
        }

        shown = Encoding.UTF8.GetBytes(text);
        return true;
    }

    private string? Show(string line)
    {
        if (!begun)
        {
            begun = true;
            inHeader = line.StartsWith(Group + "Run ", StringComparison.Ordinal);
        }

        if (inHeader)
        {
            inHeader = !line.StartsWith(EndGroup, StringComparison.Ordinal);
            return null;
        }

        if (!line.StartsWith("##[", StringComparison.Ordinal))
        {
            return line;
        }

        if (line.StartsWith(EndGroup, StringComparison.Ordinal))
        {
            return null;
        }

        if (line.StartsWith(Group, StringComparison.Ordinal))
        {
            return terminal.Paint(Tone.Strong, "▸ " + line[Group.Length..]);
        }

        return Level(line);
    }

    private string Level(string line)
    {
        var mark = line[..(line.IndexOf(']', StringComparison.Ordinal) + 1)];
        var text = line[mark.Length..];
        return mark switch
        {
            "##[error]" => terminal.Paint(Tone.Bad, "error") + " " + text,
            "##[warning]" => terminal.Paint(Tone.Warning, "warning") + " " + text,
            "##[notice]" => terminal.Paint(Tone.Active, "notice") + " " + text,
            "##[debug]" => terminal.Paint(Tone.Quiet, "debug") + " " + text,
            "##[command]" => terminal.Paint(Tone.Active, text),
            "##[section]" => terminal.Paint(Tone.Strong, text),
            _ => line,
        };
    }
}
