using System.Globalization;

namespace Capstan.Workflows.Pipelines;

/// <summary>Durations as texts: <c>90s</c>, <c>15m</c>, <c>1h30m</c>, <c>1.5h</c>.</summary>
internal static class PipelineDuration
{
    /// <summary>In the order in which they may follow each other, with their minutes.</summary>
    private static readonly (char Unit, double Minutes)[] Units = [('h', 60), ('m', 1), ('s', 1.0 / 60)];

    /// <returns>Null when the text is no duration.</returns>
    public static double? Minutes(string text)
    {
        double minutes = 0;
        var (start, nextUnit) = (0, 0);
        while (start < text.Length)
        {
            var end = start;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
                end++;
            var unit = end < text.Length ? Array.FindIndex(Units, nextUnit, known => known.Unit == text[end]) : -1;
            if (unit < 0 || !double.TryParse(text.AsSpan(start, end - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return null;
            minutes += count * Units[unit].Minutes;
            (start, nextUnit) = (end + 1, unit + 1);
        }

        return text.Length == 0 ? null : minutes;
    }
}
