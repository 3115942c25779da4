using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class EventRuleTests
{
    [Theory]
    [InlineData("push:\npull_request: { types: [opened] }", "")]
    [InlineData("pushed:", "2 events/unknown-event")]
    [InlineData("issues: { types: [openned] }", "2 events/unknown-activity-type")]
    [InlineData("issues:\n  branches: main", "3 events/filter-not-available")]
    [InlineData("pull_request:\n  tags: v1", "3 events/filter-not-available")]
    [InlineData("push:\n  types: [opened]", "2 events/filter-not-available")]
    [InlineData("push:\n  branch: main", "3 syntax-check/unknown-key")]
    [InlineData("push:\n  branches: main\n  branches-ignore: dev", "4 events/filter-and-ignore")]
    [InlineData("push:\n  paths-ignore: a\n  paths: b", "4 events/filter-and-ignore")]
    [InlineData("workflow_run: { branches: main }", "2 events/no-workflows")]
    [InlineData("push: { branches: 'a[z-a]' }", "2 glob/bad-glob")]
    [InlineData("push: { branches: '^v' }", "2 glob/bad-glob")]
    [InlineData("push: { paths: ./src/** }", "2 glob/bad-glob")]
    [InlineData("push: { paths: 'src/**', tags: 'v[0-9]+.*' }", "")]
    [InlineData("image_version: { names: one }", "2 syntax-check/wrong-node-type")]
    public void Events_have_their_own_types_and_filters(string events, string expected) => Assert.Equal(expected, Linting.CheckEvents(events));

    [Theory]
    [InlineData("0 4 * * *", "")]
    [InlineData("*/5 * * * *", "")]
    [InlineData("0,30 */2 1-5 JAN-JUN mon,FRI", "")]
    [InlineData("0 4 * *", "bad-cron")]
    [InlineData("60 4 * * *", "bad-cron")]
    [InlineData("0 4 0 * *", "bad-cron")]
    [InlineData("0 4 * * MONDAY", "bad-cron")]
    [InlineData("5-1 4 * * *", "bad-cron")]
    [InlineData("*/0 4 * * *", "bad-cron")]
    [InlineData("@daily", "bad-cron")]
    [InlineData("* * * * *", "cron-too-frequent")]
    [InlineData("1,4 3 * * *", "cron-too-frequent")]
    [InlineData("0 4 30 2 *", "bad-cron")]
    public void A_schedule_has_five_fields_and_five_minutes_between(string cron, string expected) =>
        Assert.Equal(expected.Length == 0 ? "" : $"3 events/{expected}", Linting.CheckEvents($"schedule:\n  - cron: '{cron}'"));

    [Theory]
    [InlineData("Europe/Berlin", "")]
    [InlineData("UTC", "")]
    [InlineData("America/Argentina/Buenos_Aires", "")]
    [InlineData("Europe/Berlinn", "4 events/bad-timezone")]
    [InlineData("CEST", "4 events/bad-timezone")]
    public void A_time_zone_is_one_of_the_database(string zone, string expected) =>
        Assert.Equal(expected, Linting.CheckEvents($"schedule:\n  - cron: '0 4 * * *'\n    timezone: {zone}"));

    [Theory]
    [InlineData("schedule")]
    [InlineData("[push, schedule]")]
    public void A_schedule_needs_its_lines(string on) => Assert.Equal("1 syntax-check/schedule-not-mapping", Linting.CheckSteps("- run: make", on));

    [Theory]
    [InlineData("x: { type: choice, options: [a, b], default: a }", "")]
    [InlineData("x: { type: choice }", "4 events/input-definition")]
    [InlineData("x: { type: choice, options: [a, b], default: c }", "4 events/input-definition")]
    [InlineData("x: { type: choice, options: [a, a] }", "4 events/input-definition")]
    [InlineData("x: { type: string, options: [a] }", "4 events/input-definition")]
    [InlineData("x: { type: boolean, default: yes }", "4 events/input-definition")]
    [InlineData("x: { type: number, default: many }", "4 events/input-definition")]
    [InlineData("x: { type: file }", "4 syntax-check/input-definition")]
    public void Inputs_of_a_dispatch_fit_their_types(string input, string expected) =>
        Assert.Equal(expected, Linting.CheckEvents($"workflow_dispatch:\n  inputs:\n    {input}"));

    [Theory]
    [InlineData("x: { type: number, default: 1 }", "")]
    [InlineData("x: { description: lacks its type }", "4 syntax-check/input-definition")]
    [InlineData("x:", "4 syntax-check/input-definition")]
    [InlineData("x: { type: choice }", "4 syntax-check/input-definition")]
    [InlineData("x: { type: number, default: one }", "4 events/input-definition")]
    [InlineData("x: { type: boolean, default: 1 }", "4 events/input-definition")]
    [InlineData("x: { type: string, required: true, default: a }", "4 events/input-definition")]
    [InlineData("x: { type: boolean, default: '${{ github.actor }}' }", "4 expression/reusable-input-type")]
    [InlineData("x: { type: boolean, default: \"${{ github.actor == 'me' }}\" }", "")]
    public void Inputs_of_a_called_workflow_fit_their_types(string input, string expected) =>
        Assert.Equal(expected, Linting.CheckEvents($"workflow_call:\n  inputs:\n    {input}"));
}
