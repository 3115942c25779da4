using Capstan.Server.Hosting;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

public sealed class TurnsTests
{
    [Fact]
    public async Task One_at_a_time_for_a_key_and_nothing_is_kept_of_keys_that_nobody_wants()
    {
        var turns = new Turns<string>();
        var first = await turns.TryEnterAsync("a", TimeSpan.Zero, CancellationToken.None);
        Assert.Null(await turns.TryEnterAsync("a", TimeSpan.Zero, CancellationToken.None));
        using (await turns.TryEnterAsync("b", TimeSpan.Zero, CancellationToken.None))
            Assert.Equal(2, turns.Count);
        var waiting = turns.TryEnterAsync("a", TimeSpan.FromSeconds(30), CancellationToken.None);
        first!.Dispose();
        (await waiting)!.Dispose();
        Assert.Equal(0, turns.Count);
    }
}
