using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_poll_that_waits_ends_at_once_when_the_server_stops()
    {
        await using var server = await TestServer.StartAsync(options => options with { ShutdownLimit = TimeSpan.FromMinutes(5) });
        var credential = OpaqueToken.Create(OpaqueToken.RunnerPrefix);
        await new Seeds(server.ConnectionString).RunnerAsync(credential.Hash);
        using var runner = server.WithBearer(credential.Text);
        runner.DefaultRequestHeaders.Add(Protocol.VersionHeader, $"{Protocol.CurrentVersion}");
        var poll = runner.PostAsJsonAsync("/v1/runner/acquire", new { used_slots = 0, wait_seconds = 30 });
        await Eventually.TrueAsync(() => server.Log.Lines.Any(line => line.Contains("/v1/runner/acquire", StringComparison.Ordinal)));

        var begun = Stopwatch.GetTimestamp();
        await server.Server.StopAsync();
        using var answer = await poll;
        Assert.True(answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode}");
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(25));
    }
}
