using System.Globalization;
using Capstan.Workflows.Schedules;
using Xunit;

namespace Capstan.Workflows.Tests.Schedules;

public sealed class CronExpressionTests
{
    [Theory]
    [InlineData("*/5 * * * *", "2026-03-01T10:00", "2026-03-01T10:05 2026-03-01T10:10 2026-03-01T10:15")]
    [InlineData("30 5,17 * * *", "2026-03-01T10:00", "2026-03-01T17:30 2026-03-02T05:30")]
    [InlineData("15 4 * * 1-5", "2026-03-06T12:00", "2026-03-09T04:15 2026-03-10T04:15")]
    [InlineData("0 0 * * SUN", "2026-03-02T00:00", "2026-03-08T00:00 2026-03-15T00:00")]
    [InlineData("0 0 1 jan,Jul *", "2026-03-02T00:00", "2026-07-01T00:00 2027-01-01T00:00")]
    [InlineData("20/15 1-7/3 * * *", "2026-03-01T00:00", "2026-03-01T01:20 2026-03-01T01:35 2026-03-01T01:50 2026-03-01T04:20")]
    [InlineData("0 0 29 2 *", "2026-03-01T00:00", "2028-02-29T00:00 2032-02-29T00:00")]
    [InlineData("0 0 29 2 *", "2096-03-01T00:00", "2104-02-29T00:00")]
    [InlineData("0 12 13 * 5", "2026-03-01T00:00", "2026-03-06T12:00 2026-03-13T12:00 2026-03-20T12:00")]
    [InlineData("0 12 */10 * 5", "2026-03-01T00:00", "2026-05-01T12:00")]
    [InlineData("59 23 31 12 *", "2026-12-31T23:59", "2027-12-31T23:59")]
    public void The_next_times_are_those_the_fields_say(string cron, string after, string expected) => AssertNext(cron, "UTC", after, expected);

    /// <remarks>Times are UTC. New York changes at 07:00 on 2026-03-08 (02:00 becomes 03:00) and at 06:00 on 2026-11-01 (02:00 becomes 01:00).</remarks>
    [Theory]
    [InlineData("30 2 * * *", "2026-03-07T08:00", "2026-03-08T07:00 2026-03-09T06:30")]
    [InlineData("0,30 2 * * *", "2026-03-07T08:00", "2026-03-08T07:00 2026-03-09T06:00")]
    [InlineData("30 2,3 * * *", "2026-03-08T06:00", "2026-03-08T07:00 2026-03-08T07:30 2026-03-09T06:30")]
    [InlineData("30 * * * *", "2026-03-08T06:00", "2026-03-08T06:30 2026-03-08T07:30")]
    [InlineData("30 1 * * *", "2026-11-01T00:00", "2026-11-01T05:30 2026-11-02T06:30")]
    [InlineData("30 1 * * *", "2026-11-01T05:45", "2026-11-02T06:30")]
    [InlineData("30 1 * * *", "2026-11-01T06:15", "2026-11-02T06:30")]
    [InlineData("30 * * * *", "2026-11-01T05:00", "2026-11-01T05:30 2026-11-01T06:30 2026-11-01T07:30")]
    [InlineData("0 9 * * *", "2026-10-30T20:00", "2026-10-31T13:00 2026-11-01T14:00")]
    [InlineData("0 12 29 2 *", "2026-03-01T00:00", "2028-02-29T17:00")]
    public void Where_clocks_change_the_fields_are_the_wall_clocks(string cron, string after, string expected) => AssertNext(cron, "America/New_York", after, expected);

    [Theory]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 31 4,6,9,11 *")]
    public void A_day_that_never_comes_has_no_next_time(string cron) => Assert.Null(CronExpression.Parse(cron).Expression!.Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc));

    [Fact]
    public void The_end_of_time_is_no_error() => Assert.Null(CronExpression.Parse("* * * * *").Expression!.Next(DateTimeOffset.MaxValue.AddMinutes(-2), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("* * * *", "there are 4 fields")]
    [InlineData("* * * * * *", "there are 6 fields")]
    [InlineData("", "there are 0 fields")]
    [InlineData(" * * * * *", "there are 5 fields and a space at an end")]
    [InlineData("@daily", "'@daily' is not supported")]
    [InlineData("60 * * * *", "'60' is no minute; allowed are 0-59")]
    [InlineData("* 24 * * *", "'24' is no hour")]
    [InlineData("* * 0 * *", "'0' is no day of the month")]
    [InlineData("* * * 13 *", "'13' is no month; allowed are 1-12 or JAN-DEC")]
    [InlineData("* * * * 7", "'7' is no day of the week; allowed are 0-6 or SUN-SAT")]
    [InlineData("*/0 * * * *", "'*/0'")]
    [InlineData("*/60 * * * *", "'*/60'")]
    [InlineData("1-5/2/3 * * * *", "'1-5/2/3'")]
    [InlineData("5-1 * * * *", "'5-1'")]
    [InlineData("* * * * FRI-MON", "'FRI-MON'")]
    [InlineData("1,,2 * * * *", "'1,,2'")]
    [InlineData("1- * * * *", "'1-'")]
    [InlineData("*-5 * * * *", "'*-5'")]
    [InlineData("L * * * *", "'L'")]
    [InlineData("+1 * * * *", "'+1'")]
    [InlineData("? * * * *", "'?'")]
    public void What_is_no_cron_expression_is_told_with_its_field(string cron, string expected)
    {
        var (expression, error) = CronExpression.Parse(cron);

        Assert.Null(expression);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("* * * * *", true)]
    [InlineData("*/4 * * * *", true)]
    [InlineData("1,4 2 * * *", true)]
    [InlineData("*/5 * * * *", false)]
    [InlineData("0 * * * *", false)]
    public void More_than_one_time_in_five_minutes_is_too_frequent(string cron, bool expected) => Assert.Equal(expected, CronExpression.Parse(cron).Expression!.IsTooFrequent);

    private static void AssertNext(string cron, string zone, string after, string expected)
    {
        var expression = CronExpression.Parse(cron).Expression!;
        var times = new List<string>();
        var time = DateTimeOffset.Parse(after + "Z", CultureInfo.InvariantCulture);
        foreach (var _ in expected.Split(' '))
        {
            time = expression.Next(time, TimeZoneInfo.FindSystemTimeZoneById(zone))!.Value;
            times.Add(time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture));
        }

        Assert.Equal(expected, string.Join(' ', times));
    }
}
