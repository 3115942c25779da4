using System.Buffers;
using System.Globalization;
using System.Text;

namespace Capstan.Server.Logs;

/// <summary>A line as a runner wrote it, taken apart for people: <c>time text</c>, where the text may begin with a mark and hold terminal escapes.</summary>
/// <param name="Time">Null when the line does not begin with a time.</param>
/// <param name="Text">What follows, escapes included.</param>
public readonly record struct LogLine(DateTimeOffset? Time, string Text)
{
    private const char Escape = '\u001b';
    private const char Bell = '\u0007';

    private static readonly SearchValues<char> FinalBytes = SearchValues.Create("@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static LogLine Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var first = space < 0 ? line : line[..space];
        return DateTimeOffset.TryParseExact(first, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            || DateTimeOffset.TryParse(first, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out time)
            && first.Contains('T', StringComparison.Ordinal)
            ? new LogLine(time, space < 0 ? "" : line[(space + 1)..])
            : new LogLine(null, line);
    }

    /// <summary>The text without terminal escapes (colours, links, cursor movements) and other control characters but the tabulator.</summary>
    public string PlainText()
    {
        if (!Text.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            return Text;
        var plain = new StringBuilder(Text.Length);
        for (var i = 0; i < Text.Length; i++)
        {
            if (Text[i] == Escape)
                i = EndOfEscape(i);
            else if (Text[i] is '\t' or >= ' ')
                plain.Append(Text[i]);
        }

        return plain.ToString();
    }

    /// <summary>The last index of the escape sequence that begins at <paramref name="start"/>.</summary>
    private int EndOfEscape(int start)
    {
        if (start + 1 >= Text.Length)
            return start;
        switch (Text[start + 1])
        {
            case '[':
                var final = Text.AsSpan(start + 2).IndexOfAny(FinalBytes);
                return final < 0 ? Text.Length - 1 : start + 2 + final;
            case ']':
                // An operating system command (a link, a title) ends with a bell or with ESC \.
                for (var i = start + 2; i < Text.Length; i++)
                {
                    if (Text[i] == Bell)
                        return i;
                    if (Text[i] == Escape)
                        return Math.Min(i + 1, Text.Length - 1);
                }

                return Text.Length - 1;
            default:
                return start + 1;
        }
    }
}
