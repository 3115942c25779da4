namespace Capstan.Workflows.Schedules;

/// <summary>
/// A cron expression of five fields (minute, hour, day of the month, month, day of the week) and the times it stands for. When both days are restricted, either fits. Pure: the present is
/// given. Immutable, so safe to share.
/// <para>
/// In a time zone whose clocks change, the fields are the wall clock's. A time that the clock skips comes at the moment of the change, as GitHub says it (a schedule for 02:30 comes at 03:00); one
/// that the clock shows twice comes the first time only. A schedule whose hour begins with <c>*</c> asks for an interval, not for a time of the day: it gains nothing from a skipped
/// hour, and goes on through a repeated one.
/// </para>
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule
/// </summary>
public sealed class CronExpression
{
    /// <summary>GitHub starts a scheduled workflow no more often, whatever its expression says.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromMinutes(5);

    private const string Form = "a cron expression has five fields: minute hour day month weekday, for example '30 5 * * 1-5'";
    private const int Fields = 5;

    /// <summary>Years that are looked through: a 29th of February may be 8 years away.</summary>
    private const int Horizon = 9;

    private readonly ulong minutes;
    private readonly ulong hours;
    private readonly ulong days;
    private readonly ulong months;
    private readonly ulong weekdays;
    private readonly bool anyDay;
    private readonly bool anyWeekday;
    private readonly bool isInterval;

    private CronExpression(string text, string[] fields, ulong[] sets)
    {
        Text = text;
        (minutes, hours, days, months, weekdays) = (sets[0], sets[1], sets[2], sets[3], sets[4]);
        isInterval = fields[1].StartsWith('*');
        anyDay = fields[2].StartsWith('*');
        anyWeekday = fields[4].StartsWith('*');
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Whether two of its times in one hour are closer than <see cref="ShortestInterval"/>.</summary>
    public bool IsTooFrequent
    {
        get
        {
            var last = -(int)ShortestInterval.TotalMinutes;
            for (var minute = 0; minute <= CronField.Minute.Max; minute++)
            {
                if (!Has(minutes, minute))
                    continue;
                if (minute - last < ShortestInterval.TotalMinutes)
                    return true;
                last = minute;
            }

            return false;
        }
    }

    /// <returns>The expression, or what is wrong with the text.</returns>
    public static (CronExpression? Expression, string? Error) Parse(string text)
    {
        if (text.StartsWith('@'))
            return (null, $"'{text}' is not supported: {Form}");
        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != Fields || text[0] == ' ' || text[^1] == ' ')
            return (
                null,
                "there "
                + $"{(fields.Length == 1 ? "is 1 field" : $"are {fields.Length} fields")}{(fields.Length == Fields ? " and a space at an end" : "")}; {Form}");

        var sets = new ulong[Fields];
        CronField[] kinds = [CronField.Minute, CronField.Hour, CronField.Day, CronField.Month, CronField.Weekday];
        for (var index = 0; index < Fields; index++)
        {
            if (kinds[index].Read(fields[index]) is not { } set)
                return (null, $"'{fields[index]}' is no {kinds[index].Name}; allowed are {kinds[index].Allowed()}");
            sets[index] = set;
        }

        return (new CronExpression(text, fields, sets), null);
    }

    /// <summary>The first time after a moment, to the minute; null when there is none in the next years (the 30th of February).</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        var from = after.UtcDateTime.AddMinutes(1);
        from = new DateTime(from.Ticks - (from.Ticks % TimeSpan.TicksPerMinute), DateTimeKind.Utc);
        var end = from.Year + Horizon > DateTime.MaxValue.Year ? DateTime.MaxValue.AddDays(-2) : from.AddYears(Horizon);
        while (from < end)
        {
            var offset = zone.GetUtcOffset(from);
            if (NextOnWallClock(from + offset, end) is not { } wall)
                return null;

            var instant = DateTime.SpecifyKind(wall - offset, DateTimeKind.Utc);
            if (ChangeBetween(from, instant, zone) is { } change)
            {
                // What the clock skips at the change is before all that comes after it.
                if (!isInterval && wall < change + zone.GetUtcOffset(change))
                    return new DateTimeOffset(change);
                from = change;
            }
            else if (!isInterval && IsSecond(wall, offset, zone))
            {
                from = instant.AddMinutes(1);
            }
            else
            {
                return new DateTimeOffset(instant);
            }
        }

        return null;
    }

    /// <summary>Whether the clock has shown this time before, an hour ago.</summary>
    private static bool IsSecond(DateTime wall, TimeSpan offset, TimeZoneInfo zone)
    {
        var local = DateTime.SpecifyKind(wall, DateTimeKind.Unspecified);
        return zone.IsAmbiguousTime(local) && zone.GetAmbiguousTimeOffsets(local).Max() != offset;
    }

    /// <summary>
    /// The first minute after <paramref name="from"/> and not after <paramref name="to"/> at which the clock differs from UTC by another amount.
    /// </summary>
    private static DateTime? ChangeBetween(DateTime from, DateTime to, TimeZoneInfo zone)
    {
        if (!zone.SupportsDaylightSavingTime)
            return null;
        var offset = zone.GetUtcOffset(from);
        var before = from;
        while (before < to)
        {
            var day = before.AddDays(1) < to ? before.AddDays(1) : to;
            if (zone.GetUtcOffset(day) != offset)
                return Bisect(before, day, offset, zone);
            before = day;
        }

        return null;
    }

    private static DateTime Bisect(DateTime before, DateTime after, TimeSpan offset, TimeZoneInfo zone)
    {
        while (after - before > TimeSpan.FromMinutes(1))
        {
            var middle = before.AddMinutes((int)((after - before).TotalMinutes / 2));
            if (zone.GetUtcOffset(middle) == offset)
                before = middle;
            else
                after = middle;
        }

        return after;
    }

    private DateTime? NextOnWallClock(DateTime time, DateTime end)
    {
        while (time < end)
        {
            if (!Has(months, time.Month))
                time = new DateTime(time.Year, time.Month, 1).AddMonths(1);
            else if (!HasDay(time))
                time = time.Date.AddDays(1);
            else if (!Has(hours, time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!Has(minutes, time.Minute))
                time = time.AddMinutes(1);
            else
                return time;
        }

        return null;
    }

    private bool HasDay(DateTime time)
    {
        var (byDay, byWeekday) = (Has(days, time.Day), Has(weekdays, (int)time.DayOfWeek));
        return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
    }

    private static bool Has(ulong set, int number) => (set & (1UL << number)) != 0;
}
