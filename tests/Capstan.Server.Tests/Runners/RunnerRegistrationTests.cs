using System.Net;
using Capstan.Contracts;
using Capstan.Server.Runners;
using Capstan.Server.Tests.Logs;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Runners;

public sealed class RunnerRegistrationTests
{
    [Fact]
    public async Task A_token_registers_one_runner_with_its_labels_and_scope()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (id, _) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin), "builder", "GPU", "ubuntu-latest");
        var runner = Assert.Single(await RunnerClient.ListAsync(admin));
        Assert.Equal(id, runner.Id);
        Assert.Equal(["gpu", "linux", "self-hosted", "ubuntu-latest", "x64"], runner.Labels);
        Assert.Equal(["global"], runner.Assignments);
        Assert.Equal("offline", runner.Status);
        Assert.Equal(1, await CountAsync(server, "audit_events where action = 'runner.register' and runner_id is not null"));
        Assert.Equal(1, await CountAsync(server, "actions_inventory_hosts where hostname = 'host-1'"));
    }

    [Fact]
    public async Task A_token_that_is_unknown_used_or_expired_is_refused_and_says_which()
    {
        var clock = new FakeClock(DateTimeOffset.Parse("2026-05-01T00:00:00Z"));
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var used = await RunnerClient.NewTokenAsync(admin);
        await RunnerClient.RegisteredAsync(server, used);
        var old = await RunnerClient.NewTokenAsync(admin, seconds: 60);
        clock.Advance(TimeSpan.FromSeconds(60));
        foreach (var (token, word) in new[] { ("capg_wrong", "unknown"), (used, "used already"), (old, "expired") })
        {
            var refused = await RunnerClient.RegisterAsync(server, token, "another");
            Assert.Contains(word, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal(ErrorCodes.RegistrationTokenInvalid, await Problem.CodeAsync(refused, HttpStatusCode.Forbidden));
        }

        Assert.Equal(1, await CountAsync(server, "actions_runners"));
    }

    [Fact]
    public async Task Of_two_machines_with_one_token_one_gets_in()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var token = await RunnerClient.NewTokenAsync(admin);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => RunnerClient.RegisterAsync(server, token, $"runner-{number}")));
        Assert.Single(answers, answer => answer.IsSuccessStatusCode);
        Assert.Equal(1, await CountAsync(server, "actions_runners"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("one")]
    public async Task Another_protocol_version_is_refused_and_nothing_is_spent_or_forgotten(string? version)
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var token = await RunnerClient.NewTokenAsync(admin);
        Assert.Equal(ErrorCodes.RunnerVersionUnsupported, await Problem.CodeAsync(await RunnerClient.RegisterAsync(server, token, "builder", version), HttpStatusCode.BadRequest));
        var (_, runner) = await RunnerClient.RegisteredAsync(server, token);
        Assert.Equal(ErrorCodes.RunnerVersionUnsupported, await Problem.CodeAsync(await RunnerClient.HeartbeatAsync(runner.Speaking(version)), HttpStatusCode.BadRequest));
        (await RunnerClient.HeartbeatAsync(runner.Speaking())).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task The_version_is_checked_before_the_body_whose_form_it_decides()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.Anonymous().Speaking("99").PostAsync("/v1/runners/register", new StringContent("[1]", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(ErrorCodes.RunnerVersionUnsupported, await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_name_is_taken_once_and_the_refused_token_stays_good()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin), "Builder");
        var token = await RunnerClient.NewTokenAsync(admin);
        Assert.Equal(ErrorCodes.NameTaken, await Problem.CodeAsync(await RunnerClient.RegisterAsync(server, token, "builder"), HttpStatusCode.Conflict));
        await RunnerClient.RegisteredAsync(server, token, "builder-2");
    }

    [Fact]
    public async Task Labels_have_limits()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var token = await RunnerClient.NewTokenAsync(admin);
        foreach (var labels in new[] { new[] { "a,b" }, [" "], [new string('x', RunnerLabels.MaxLength + 1)], [.. Enumerable.Range(0, RunnerLabels.MaxLabels + 1).Select(n => $"l{n}")] })
            Assert.Equal(ErrorCodes.Invalid, await Problem.CodeAsync(await RunnerClient.RegisterAsync(server, token, "builder", "1", labels), HttpStatusCode.BadRequest));
        await RunnerClient.RegisteredAsync(server, token, "builder", [.. Enumerable.Range(0, RunnerLabels.MaxLabels).Select(n => $"l{n}")]);
    }

    [Fact]
    public async Task Only_who_maintains_the_scope_makes_tokens_for_it()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        var (id, _, developer) = await server.SignedInAsync();
        await using (var connection = await server.Database.OpenAsync())
        {
            await connection.ExecuteAsync(
                """
                insert into organization_members (organization_id, user_id, role, joined_at) select organization_id, @User, 'developer', '2026-01-01Z' from repositories where id = @Repository;
                insert into repository_members (repository_id, user_id, role, added_at) values (@Repository, @User, 'maintainer', '2026-01-01Z')
                """,
                new { User = id.Value, Repository = rows.Repository.Value });
        }

        var (_, _, stranger) = await server.SignedInAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(developer));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(developer, rows.Owner));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(developer, rows.Owner, "web"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger, rows.Owner));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(stranger, rows.Owner, "web"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server.Anonymous()));

        static async Task<HttpStatusCode> StatusAsync(HttpClient client, string? owner = null, string? repository = null) =>
            (await System.Net.Http.Json.HttpClientJsonExtensions.PostAsJsonAsync(client, "/v1/runners/tokens", new { owner, repository })).StatusCode;
    }

    internal static async Task<long> CountAsync(TestServer server, string from) => await server.Database.ReadSingleOrDefaultAsync<long>($"select count(*) from {from}");
}
