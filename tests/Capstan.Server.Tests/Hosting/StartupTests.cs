using System.Net;
using System.Net.Sockets;
using Capstan.Server.Administration;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

public sealed class StartupTests
{
    [Fact]
    public async Task A_port_in_use_is_refused_with_what_to_do()
    {
        await using var server = await TestServer.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var refusal = await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(server.Options with { Urls = [url] }));
        Assert.Contains($"{url} is in use", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--url", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://192.0.2.1:0")]
    public async Task An_address_that_cannot_be_listened_on_is_refused(string url)
    {
        await using var server = await TestServer.StartAsync();
        await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(server.Options with { Urls = [url] }));
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_is_refused()
    {
        using var temporary = new TemporaryFolder();
        var options = new ServerOptions { DataFolder = temporary["data"], DatabaseConnection = $"Host={temporary.Path};Username=x;Database=x", Urls = ["http://127.0.0.1:0"] };
        var refusal = await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(options));
        Assert.Contains("CAPSTAN_DATABASE", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_master_key_than_the_one_that_wrapped_the_keys_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        var other = Convert.ToBase64String(new byte[32]);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => CapstanServer.StartAsync(server.Options with { MasterKey = other }));
        Assert.Contains("master key", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_servers_share_a_database()
    {
        await using var one = await TestServer.StartAsync(options => options with { RunBackgroundLoops = true });
        await using var two = await CapstanServer.StartAsync(one.Options);
        Assert.NotEqual(one.Get<ServerInstance>().Id, two.Services.GetRequiredService<ServerInstance>().Id);

        // What one makes, the other knows: users, tokens, keys.
        var (_, username, client) = await one.SignedInAsync();
        client.Dispose();
        await one.Get<FirstAdministrator>().EnsureAsync("admin", "the only password", default);
        Assert.Null((await two.Services.GetRequiredService<FirstAdministrator>().EnsureAsync("admin", password: null, default)).OneTimePassword);
        Assert.Equal(
            (await one.Get<SigningKeys>().CurrentAsync(default)).Kid,
            (await two.Services.GetRequiredService<SigningKeys>().CurrentAsync(default)).Kid);
        Assert.False(string.IsNullOrEmpty(username));

        // A signal of one wakes a waiter of the other.
        using var waiter = two.Services.GetRequiredService<WakeUps>().Subscribe("queue");
        await Eventually.TrueAsync(async () =>
        {
            one.Get<WakeUps>().Signal("queue");
            return await waiter.WaitAsync(TimeSpan.FromMilliseconds(50), default);
        });
    }

    [Fact]
    public async Task A_server_that_stops_says_so()
    {
        await using var server = await TestServer.StartAsync();
        var second = await CapstanServer.StartAsync(server.Options);
        var id = second.Services.GetRequiredService<ServerInstance>().Id;
        await second.StopAsync();
        await using var connection = await server.Database.OpenAsync();
        Assert.NotNull(await connection.QuerySingleAsync<DateTimeOffset?>("select stopped_at from server_instances where id = @Id", new { Id = id }));
    }

    [Fact]
    public async Task When_the_databases_connections_are_cut_the_server_goes_on()
    {
        await using var server = await TestServer.StartAsync(options => options with { RunBackgroundLoops = true });
        var (_, _, client) = await server.SignedInAsync();
        for (var restart = 0; restart < 3; restart++)
        {
            await server.CutDatabaseConnectionsAsync();
            await Eventually.TrueAsync(async () =>
            {
                using var answer = await client.GetAsync("/v1/user");
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
                return answer.IsSuccessStatusCode;
            });
        }
    }
}
