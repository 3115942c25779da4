using System.Net;
using Xunit;

namespace Capstan.Server.Tests.Hosting;

public sealed class ErrorAnswersTests
{
    [Fact]
    public async Task A_path_that_does_not_exist_is_answered_with_a_code()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("not_found", await Problem.CodeAsync(await server.Anonymous().GetAsync("/v1/nothing/here/at/all"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_have_is_answered_with_a_code()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("method_not_allowed", await Problem.CodeAsync(await server.Anonymous().DeleteAsync("/health"), HttpStatusCode.MethodNotAllowed));
    }

    [Fact]
    public async Task A_character_that_the_database_cannot_store_is_the_callers_mistake()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, client) = await server.SignedInAsync();
        var text = new StringContent("""{"path": "acme", "description": "a\u0000b"}""", System.Text.Encoding.UTF8, "application/json");
        Assert.Equal("invalid", await Problem.CodeAsync(await client.PostAsync("/v1/orgs", text), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await client.GetAsync("/v1/runners?label=%00"), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task The_server_is_healthy_and_describes_itself()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous().GetAsync("/health")).StatusCode);
        using var document = System.Text.Json.JsonDocument.Parse(await server.Anonymous().GetStringAsync("/v1/openapi.json"));
        var root = document.RootElement;
        Assert.Equal("Capstan", root.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal(server.Url, root.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.True(root.GetProperty("paths").TryGetProperty("/v1/orgs/{owner}/members/{username}", out _));
        Assert.True(root.GetProperty("components").GetProperty("schemas").GetProperty("UserResponse").GetProperty("properties").TryGetProperty("is_admin", out _));
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var path in new[] { "/health", "/no/such/path" })
        {
            var answer = await server.Anonymous().GetAsync(path);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.False(answer.Headers.Contains("Server"));
        }
    }
}
