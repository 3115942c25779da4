using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Xunit;

namespace Capstan.Server.Tests.Runners;

/// <summary>Speaks the runner's protocol over HTTP, in the version it is told.</summary>
internal static class RunnerClient
{
    public static readonly RunnerCapabilities Capabilities = new("Linux", "X64", Docker: false, Slots: 2);

    public static HttpClient Speaking(this HttpClient client, string? version = "1")
    {
        client.DefaultRequestHeaders.Remove(Protocol.VersionHeader);
        if (version is not null)
            client.DefaultRequestHeaders.Add(Protocol.VersionHeader, version);
        return client;
    }

    public static async Task<string> NewTokenAsync(HttpClient user, string? owner = null, string? repository = null, int? seconds = null)
    {
        var response = await user.PostAsJsonAsync("/v1/runners/tokens", new CreateRunnerTokenRequest(owner, repository, seconds), ContractsJson.Default.CreateRunnerTokenRequest);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RunnerTokenResponse))!.Token;
    }

    public static Task<HttpResponseMessage> RegisterAsync(TestServer server, string token, string name = "builder", string? version = "1", params string[] labels) =>
        server.Anonymous().Speaking(version).PostAsJsonAsync(
            "/v1/runners/register", new RegisterRunnerRequest(token, name, "host-1", labels, Capabilities), ContractsJson.Default.RegisterRunnerRequest);

    public static async Task<(long Id, HttpClient Client)> RegisteredAsync(TestServer server, string token, string name = "builder", params string[] labels)
    {
        var response = await RegisterAsync(server, token, name, "1", labels);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var registered = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterRunnerResponse))!;
        return (registered.RunnerId, server.WithBearer(registered.Credential).Speaking());
    }

    public static Task<HttpResponseMessage> HeartbeatAsync(HttpClient runner, int usedSlots = 0) =>
        runner.PostAsJsonAsync("/v1/runner/heartbeat", new HeartbeatRequest(usedSlots, Capabilities), ContractsJson.Default.HeartbeatRequest);

    public static async Task<IReadOnlyList<RunnerResponse>> ListAsync(HttpClient user, string query = "") =>
        (await user.GetFromJsonAsync("/v1/runners" + query, ContractsJson.Default.RunnersResponse))!.Runners;
}
