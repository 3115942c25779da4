using Capstan.Workflows.Schedules;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The entries of <c>on.schedule</c>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onschedule
/// </summary>
internal sealed class ScheduleConverter(Findings findings)
{
    private static readonly DateTimeOffset AnyTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<ScheduleDefinition> Convert(SequenceToken? entries)
    {
        var schedules = new List<ScheduleDefinition>();
        foreach (var entry in entries?.Items.OfType<MappingToken>() ?? [])
        {
            var cron = ReadCron(entry.Find("cron") as StringToken);
            var zone = ReadZone(entry.Find("timezone") as StringToken);
            if (cron is not null && zone is not null)
                schedules.Add(new ScheduleDefinition(entry.Place, cron, zone));
        }

        return schedules;
    }

    private CronExpression? ReadCron(StringToken? token)
    {
        if (token is null)
            return null;
        var (cron, error) = CronExpression.Parse(token.Value);
        if (cron is null)
            findings.Error(token.Place, "schedule", $"Invalid cron expression '{Suggestion.Show(token.Value)}': {error}");
        else if (cron.Next(AnyTime, TimeZoneInfo.Utc) is null)
            findings.Warning(token.Place, "schedule", $"The schedule '{token.Value}' never comes: no month that it names has such a day");
        else if (cron.IsTooFrequent)
            findings.Warning(
                token.Place,
                "schedule",
                $"Scheduled workflows start at most every {CronExpression.ShortestInterval.TotalMinutes} minutes, more often than that is not kept");
        return cron;
    }

    private TimeZoneInfo? ReadZone(StringToken? token)
    {
        if (token is null)
            return TimeZoneInfo.Utc;
        if (TimeZones.Find(token.Value) is { } zone)
            return zone;
        if (findings.IsFull(Severity.Error))
            return null;
        findings.Error(
            token.Place,
            "schedule",
            $"Unknown time zone '{Suggestion.Show(token.Value)}': an IANA name is expected, for example 'Europe/Berlin'{Suggestion.DidYouMean(token.Value, TimeZones.Names)}");
        return null;
    }
}
