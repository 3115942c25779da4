using System.Globalization;

namespace Capstan.Workflows.Schedules;

/// <summary>
/// One of the five fields of a cron expression: which numbers may stand in it, and under which names.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
/// </summary>
/// <param name="Names">Of the numbers from <paramref name="Min"/> on; empty when there are none.</param>
internal sealed record CronField(string Name, int Min, int Max, IReadOnlyList<string> Names)
{
    public static CronField Minute { get; } = new("minute", 0, 59, []);
    public static CronField Hour { get; } = new("hour", 0, 23, []);
    public static CronField Day { get; } = new("day of the month", 1, 31, []);
    public static CronField Month { get; } = new("month", 1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]);
    public static CronField Weekday { get; } = new("day of the week", 0, 6, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);

    /// <summary>The numbers that a field's text takes, a bit each; null when it takes none because it is wrong.</summary>
    public ulong? Read(string text)
    {
        ulong set = 0;
        foreach (var part in text.Split(','))
        {
            if (ReadPart(part) is not { } some)
                return null;
            set |= some;
        }

        return set;
    }

    /// <summary>What may stand in the field.</summary>
    public string Allowed() => $"{Min}-{Max}{(Names.Count == 0 ? "" : $" or {Names[0]}-{Names[^1]}")}, with '*', ',', '-' and '/'";

    /// <summary><c>*</c>, a number, <c>a-b</c>; each perhaps with <c>/step</c>. A number with a step begins a range to the end.</summary>
    private ulong? ReadPart(string part)
    {
        var slash = part.Split('/');
        if (slash.Length > 2 || ReadRange(slash[0]) is not var (first, last))
            return null;
        if (slash.Length == 1)
            return Bits(first, last, 1);
        if (ReadNumber(slash[1]) is not { } step || step < 1)
            return null;
        return Bits(first, slash[0].Contains('-', StringComparison.Ordinal) ? last : Max, step);
    }

    private (int First, int Last)? ReadRange(string text)
    {
        if (text is "*")
            return (Min, Max);
        var ends = text.Split('-');
        if (ends.Length > 2 || ReadNumber(ends[0]) is not { } first || ReadNumber(ends[^1]) is not { } last || last < first)
            return null;
        return (first, last);
    }

    private int? ReadNumber(string text)
    {
        for (var index = 0; index < Names.Count; index++)
        {
            if (string.Equals(Names[index], text, StringComparison.OrdinalIgnoreCase))
                return Min + index;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= Min && number <= Max ? number : null;
    }

    private static ulong Bits(int first, int last, int step)
    {
        ulong bits = 0;
        for (var number = first; number <= last; number += step)
            bits |= 1UL << number;
        return bits;
    }
}
