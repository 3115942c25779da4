using System.Text;
using Capstan.Cli.Client;
using Capstan.Cli.Runs;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Xunit;

namespace Capstan.Cli.Tests.Runs;

public sealed class WatchCommandTests
{
    private readonly MemoryStream output = new();

    [Theory]
    [InlineData(Conclusion.Success, ExitCodes.Good)]
    [InlineData(Conclusion.Skipped, ExitCodes.Good)]
    [InlineData(Conclusion.Failure, ExitCodes.Bad)]
    [InlineData(Conclusion.Cancelled, ExitCodes.Bad)]
    public async Task It_exits_with_the_runs_result(Conclusion conclusion, int expected)
    {
        await using var server = await FakeServer.StartAsync(conclusion);
        Assert.Equal(expected, await WatchAsync(server, run: 7));
        Assert.Contains("7", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_line_is_lost_or_doubled_when_the_connection_breaks()
    {
        await using var server = await FakeServer.StartAsync(Conclusion.Success);
        await WatchAsync(server, run: 7);
        Assert.StartsWith("── Compile\nfirst\nsecond\n", Encoding.UTF8.GetString(output.ToArray()), StringComparison.Ordinal);
        Assert.Equal([null, "9/1:1"], server.LogCursors);
    }

    [Fact]
    public async Task A_commit_that_was_just_pushed_is_waited_for()
    {
        await using var server = await FakeServer.StartAsync(Conclusion.Success, emptyLists: 2);
        Assert.Equal(ExitCodes.Good, await WatchAsync(server, commit: "ABCDEF0"));
    }

    [Fact]
    public async Task A_commit_that_becomes_no_run_is_given_up_with_the_reason()
    {
        await using var server = await FakeServer.StartAsync(Conclusion.Success);
        var refusal = await Assert.ThrowsAsync<CommandException>(() => WatchAsync(server, commit: "1234", wait: TimeSpan.Zero));
        Assert.Contains("no workflow fires for it", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Bad, refusal.ExitCode);
    }

    private Task<int> WatchAsync(FakeServer server, long? run = null, string? commit = null, TimeSpan? wait = null) => WatchCommand.RunAsync(
        new WatchCommand.Options("v1/repos/acme/web", run, commit, wait ?? TimeSpan.FromSeconds(20), Times: false),
        new CommandContext(new Terminal(output, Stream.Null, interactive: false, colour: false), TimeProvider.System, new ServerSettings(server.Url, Token: null, Username: null)),
        CancellationToken.None);
}
