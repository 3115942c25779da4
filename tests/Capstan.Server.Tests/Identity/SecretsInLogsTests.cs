using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Administration;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Identity;

/// <summary>Everything that makes, takes or refuses a secret, with the log at its most talkative.</summary>
public sealed class SecretsInLogsTests
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task No_password_token_or_key_is_logged_or_stored_as_it_is()
    {
        await using var server = await TestServer.StartAsync(options => options with { RunBackgroundLoops = true });
        var secrets = new List<string> { "the right password", "a wrong password", "another password" };
        var first = await server.Get<FirstAdministrator>().EnsureAsync("admin", password: null, default);
        secrets.Add(first.OneTimePassword!);
        using var oneTime = UserEndpointsTests.WithPassword(server, "admin", first.OneTimePassword!);
        await oneTime.PutAsJsonAsync("/v1/user/password", new ChangePasswordRequest(first.OneTimePassword!, "the right password"), Json.ChangePasswordRequest);
        using var wrong = UserEndpointsTests.WithPassword(server, "admin", "a wrong password");
        await wrong.GetAsync("/v1/user");
        using var admin = UserEndpointsTests.WithPassword(server, "admin", "the right password");
        var token = await (await admin.PostAsJsonAsync("/v1/tokens", new CreateTokenRequest("laptop"), Json.CreateTokenRequest)).Content.ReadFromJsonAsync(Json.CreateTokenResponse);
        secrets.Add(token!.Token);
        using var laptop = server.WithBearer(token.Token);
        await laptop.GetAsync("/v1/user");
        await laptop.DeleteAsync($"/v1/tokens/{token.Id}");
        await laptop.GetAsync("/v1/user");
        await admin.PostAsJsonAsync("/v1/users", new CreateUserRequest("ada", Password: "another password"), Json.CreateUserRequest);
        await admin.PostAsJsonAsync("/v1/users", new CreateUserRequest("ada", Password: "another password"), Json.CreateUserRequest);
        var browser = await SignInTests.SignInAsync(server, "admin", "the right password");
        secrets.Add(browser.Session!);
        secrets.Add(await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "master.key")));
        secrets.Add(server.ConnectionString);

        foreach (var secret in secrets.Select(secret => secret.Trim()))
        {
            Assert.DoesNotContain(server.Log.Lines, line => line.Contains(secret, StringComparison.Ordinal));
            if (secret != server.ConnectionString)
                Assert.Equal(0, await CountInDatabaseAsync(server, secret));
        }

        Assert.NotEmpty(server.Log.Lines);
    }

    private static async Task<int> CountInDatabaseAsync(TestServer server, string secret)
    {
        await using var connection = await server.Database.OpenAsync();
        var found = 0;
        foreach (var table in await connection.QueryAsync<string>("select tablename from pg_tables where schemaname = 'public'"))
            found += await connection.QuerySingleAsync<int>($"select count(*)::int from {table} t where position(@Secret in t::text) > 0", new { Secret = secret });
        return found;
    }
}
