using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Definitions;

public sealed class ScheduleDefinitionTests
{
    [Fact]
    public void A_schedule_has_its_cron_text_its_zone_and_its_next_time()
    {
        var schedules = WorkflowReader.Read("w.yml", With("{ cron: '30 5 * * *' }, { cron: '0 9 * * 1-5', timezone: Europe/Berlin }")).Definition!.Triggers[0].Schedules;

        Assert.Equal(["30 5 * * * UTC", "0 9 * * 1-5 Europe/Berlin"], schedules.Select(schedule => $"{schedule.Cron.Text} {schedule.TimeZone.Id}"));
        Assert.Equal(new DateTimeOffset(2026, 7, 6, 7, 0, 0, TimeSpan.Zero), schedules[1].Next(new DateTimeOffset(2026, 7, 4, 0, 0, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("{ cron: '0 25 * * *' }", "1:26 Error Invalid cron expression '0 25 * * *': '25' is no hour; allowed are 0-23, with '*', ',', '-' and '/'")]
    [InlineData("{ cron: '@daily' }", "1:26 Error Invalid cron expression '@daily'")]
    [InlineData("{ cron: '0 0 30 2 *' }", "1:26 Warning The schedule '0 0 30 2 *' never comes")]
    [InlineData("{ cron: '* * * * *' }", "1:26 Warning Scheduled workflows start at most every 5 minutes")]
    [InlineData("{ cron: '0 0 * * *', timezone: Europe/Berln }", "1:49 Error Unknown time zone 'Europe/Berln': an IANA name is expected, for example 'Europe/Berlin'; did you mean 'Europe/Berlin'?")]
    [InlineData("{ cron: '0 0 * * *', timezone: ../etc/passwd }", "1:49 Error Unknown time zone")]
    [InlineData("{ cron: '0 0 * * *', timezone: Eastern Standard Time }", "1:49 Error Unknown time zone")]
    [InlineData("{ timezone: UTC }", "1:18 Error Required property is missing: cron")]
    public void A_mistake_in_a_schedule_is_told_at_its_place(string entry, string expected)
    {
        var found = Assert.Single(WorkflowReader.Read("w.yml", With(entry)).Diagnostics, diagnostic => diagnostic.Code != "not-yet-honoured");

        Assert.StartsWith(expected, $"{found.Place} {found.Severity} {found.Message}", StringComparison.Ordinal);
    }

    private static string With(string entries) => $"on: {{ schedule: [{entries}] }}\njobs: {{ a: {{ runs-on: x, steps: [ {{ run: a }} ] }} }}\n";
}
