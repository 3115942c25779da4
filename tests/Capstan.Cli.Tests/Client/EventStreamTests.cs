using Capstan.Cli.Client;
using Capstan.Cli.Tests.Runs;
using Capstan.Contracts;
using Xunit;

namespace Capstan.Cli.Tests.Client;

public sealed class EventStreamTests
{
    [Fact]
    public async Task A_server_that_ends_every_connection_at_once_is_given_up()
    {
        await using var server = await FakeServer.StartAsync(Conclusion.Success);
        using var client = ApiClient.Open(new ServerSettings(server.Url, Token: null, Username: null));

        var refusal = await Assert.ThrowsAsync<CommandException>(async () =>
        {
            await foreach (var item in EventStream.FollowAsync(client, _ => FakeServer.SilentEvents[1..], _ => true, new ImpatientClock(), TestContext.Current.CancellationToken))
            {
                Assert.Fail($"There is no event, but {item.EventType} came.");
            }
        });

        Assert.Equal(ExitCodes.Environment, refusal.ExitCode);
        Assert.Contains("without an event", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class ImpatientClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);

        /// <summary>No connection lasts.</summary>
        public override long GetTimestamp() => 0;
    }
}
