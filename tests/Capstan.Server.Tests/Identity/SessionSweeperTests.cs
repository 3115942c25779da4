using Capstan.Server.Administration;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class SessionSweeperTests
{
    [Fact]
    public async Task Sessions_go_a_month_after_their_end_and_living_ones_stay()
    {
        var clock = new FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var user = (await server.Get<FirstAdministrator>().EnsureAsync("ada", "difference engine", default)).Administrator.Id;
        await server.Get<Sessions>().StartAsync(user, default);
        clock.Advance(Sessions.Life + SessionSweeper.KeepFor);
        await server.Get<SessionSweeper>().RunOnceAsync(default);
        Assert.Equal(1, await server.Database.ReadSingleOrDefaultAsync<int>("select count(*)::int from sessions"));
        clock.Advance(TimeSpan.FromSeconds(1));
        await server.Get<Sessions>().StartAsync(user, default);
        await server.Get<SessionSweeper>().RunOnceAsync(default);
        Assert.Equal(1, await server.Database.ReadSingleOrDefaultAsync<int>("select count(*)::int from sessions"));
    }
}
