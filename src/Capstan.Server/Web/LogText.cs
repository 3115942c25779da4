using System.Text;
using Capstan.Server.Logs;

namespace Capstan.Server.Web;

/// <summary>Log lines as plain text: what a page shows before, or without, its script.</summary>
internal static class LogText
{
    private const string MarkStart = "##[";

    public static string Of(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(WithoutMark(LogLine.Parse(line).PlainText())).Append('\n');
        return text.ToString();
    }

    private static string WithoutMark(string line)
    {
        if (!line.StartsWith(MarkStart, StringComparison.Ordinal))
            return line;
        var end = line.IndexOf(']', StringComparison.Ordinal);
        return end < 0 ? line : line[MarkStart.Length..end] switch
        {
            "error" => "Error: " + line[(end + 1)..],
            "warning" => "Warning: " + line[(end + 1)..],
            "notice" => "Notice: " + line[(end + 1)..],
            "group" => "▸ " + line[(end + 1)..],
            "endgroup" => "",
            _ => line[(end + 1)..],
        };
    }
}
