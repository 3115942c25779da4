using System.Text.RegularExpressions;

namespace Capstan.Runner.Logs;

/// <summary>The codes by which programs colour their output.</summary>
internal static partial class AnsiCodes
{
    public static string Strip(string line) => line.Contains("\u001b[", StringComparison.Ordinal) ? Code().Replace(line, "") : line;

    [GeneratedRegex("\u001b\\[[0-9;]*[A-Za-z]?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
