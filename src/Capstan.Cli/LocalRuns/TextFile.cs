using System.Text;
using Capstan.Runner.Files;

namespace Capstan.Cli.LocalRuns;

/// <summary>
/// Small files as texts, and their lines. <see cref="File.ReadAllText(string)"/> reads through a reader over a stream over a strategy, all of which a short run need not load.
/// </summary>
internal static class TextFile
{
    /// <summary>UTF-8, unless the file begins with the mark of another encoding.</summary>
    public static string Read(string path)
    {
        var bytes = WholeFile.Read(path);
        return bytes is [0xEF or 0xFE or 0xFF or 0x00, ..] ? File.ReadAllText(path) : Encoding.UTF8.GetString(bytes);
    }

    /// <summary>
    /// Takes the first line off a text; false when nothing is left. <see cref="MemoryExtensions.EnumerateLines(ReadOnlySpan{char})"/> knows seven kinds of line ends, and
    /// to load what looks for them takes a tenth of a short run.
    /// </summary>
    /// <param name="line">Without its end, and without blanks, tabs and carriage returns around it.</param>
    public static bool TakeLine(ref ReadOnlySpan<char> text, out ReadOnlySpan<char> line)
    {
        if (text.IsEmpty)
        {
            line = [];
            return false;
        }

        var end = text.IndexOf('\n');
        line = (end < 0 ? text : text[..end]).Trim(" \t\r");
        text = end < 0 ? [] : text[(end + 1)..];
        return true;
    }
}
