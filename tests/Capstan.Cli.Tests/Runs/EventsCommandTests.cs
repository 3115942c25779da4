using System.Text;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Cli.Runs;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Xunit;

namespace Capstan.Cli.Tests.Runs;

public sealed class EventsCommandTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly MemoryStream output = new();

    [Fact]
    public async Task Each_event_says_of_each_workflow_whether_it_fired_and_why()
    {
        await RunAsync(
            json: false,
            Event("processed", null, new TriggerDecisionResponse("a.yml", true, "branch 'x' matches '*' of branches", 5, 3, []), new TriggerDecisionResponse("b.yml", false, "'on' names no push\u001b[2J", null, null, [])),
            Event("processed", "the commit's message says [skip ci]"),
            Event("pending", null));

        Assert.Equal(
            """
            push refs/heads/x at abcdef0 by ada  2026-01-05 12:00
              ✓ a.yml fired #3: branch 'x' matches '*' of branches
              - b.yml did not fire: 'on' names no push�[2J
            push refs/heads/x at abcdef0 by ada  2026-01-05 12:00
              no workflow was looked at: the commit's message says [skip ci]
            push refs/heads/x at abcdef0 by ada  2026-01-05 12:00
              was not looked at yet

            """,
            Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task As_json_the_filters_are_there()
    {
        await RunAsync(json: true, Event("processed", null, new TriggerDecisionResponse("a.yml", false, "why", null, null, [new TriggerFilterResponse("branches", "refused", "x", null, ["main"], null)])));

        using var events = JsonDocument.Parse(output.ToArray());
        Assert.Equal("""[{"filter":"branches","outcome":"refused","value":"x","patterns":["main"]}]""", events.RootElement[0].GetProperty("decisions")[0].GetProperty("filters").GetRawText());
    }

    private static TriggerEventResponse Event(string state, string? why, params TriggerDecisionResponse[] decisions) =>
        new(1, "push", "refs/heads/x", "abcdef0123", "ada", state, why, Error: null, Attempts: 0, Time, null, decisions);

    private async Task RunAsync(bool json, params TriggerEventResponse[] events)
    {
        await using var server = await FakeServer.StartAsync(Conclusion.Success);
        server.Events = events;
        var context = new CommandContext(new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System, new ServerSettings(server.Url, Token: null, Username: null));
        Assert.Equal(ExitCodes.Good, await EventsCommand.RunAsync(new EventsCommand.Options("v1/repos/acme/web", 10, json), context, CancellationToken.None));
    }
}
