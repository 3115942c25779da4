using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Runners;
using Capstan.Server.Tests.Logs;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Runners;

public sealed class RunnerAdministrationTests
{
    [Fact]
    public async Task What_a_runner_is_doing_is_read_from_its_row()
    {
        var clock = new FakeClock();
        await using var server = await TestServer.StartAsync(options => options with { TimeProvider = clock });
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (id, runner) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin));
        Assert.Equal("offline", await StatusAsync());
        await RunnerClient.HeartbeatAsync(runner);
        Assert.Equal("online", await StatusAsync());
        await RunnerClient.HeartbeatAsync(runner, usedSlots: 1);
        Assert.Equal("busy", await StatusAsync());
        await admin.PostAsync($"/v1/runners/{id}/pause", null);
        Assert.Equal("paused", await StatusAsync());
        Assert.Equal("""{"paused":true}""", await (await RunnerClient.HeartbeatAsync(runner)).Content.ReadAsStringAsync());
        await admin.PostAsync($"/v1/runners/{id}/resume", null);
        Assert.Equal("online", await StatusAsync());
        clock.Advance(RunnerQueries.OfflineAfter);
        Assert.Equal("online", await StatusAsync());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("offline", await StatusAsync());

        async Task<string> StatusAsync() => (await RunnerClient.ListAsync(admin)).Single().Status;
    }

    [Fact]
    public async Task A_heartbeat_is_held_to_the_limits_of_a_registration()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (_, runner) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin));
        foreach (var heartbeat in new HeartbeatRequest[]
        {
            new(-1, new RunnerCapabilities("linux", "x64", Docker: false, Slots: 1)),
            new(0, new RunnerCapabilities("linux", "x64", Docker: false, Slots: RunnerRegistration.MaxSlots + 1)),
            new(0, new RunnerCapabilities(new string('x', RunnerRegistration.MaxSystemLength + 1), "x64", Docker: false, Slots: 1)),
        })
        {
            var answer = await runner.PostAsJsonAsync("/v1/runner/heartbeat", heartbeat, ContractsJson.Default.HeartbeatRequest);
            Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
        }
    }

    [Fact]
    public async Task A_removed_runners_credential_is_worth_nothing_and_its_name_is_free()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (id, runner) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin));
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/v1/runners/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RunnerClient.HeartbeatAsync(runner)).StatusCode);
        Assert.Empty(await RunnerClient.ListAsync(admin));
        await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin));
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync($"/v1/runners/{id}")).StatusCode);
    }

    [Fact]
    public async Task Changes_are_audited_once_and_repeating_one_changes_nothing()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (id, _) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin));
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.NoContent, (await admin.PostAsync($"/v1/runners/{id}/pause", null)).StatusCode);
        Assert.Equal(1, await RunnerRegistrationTests.CountAsync(server, "audit_events where action = 'runner.pause' and target = 'builder'"));
    }

    [Fact]
    public async Task A_runner_is_assigned_to_organizations_and_repositories_and_listed_by_them()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        var (id, _) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(admin, rows.Owner));
        Assert.Equal([rows.Owner], (await RunnerClient.ListAsync(admin, $"?owner={rows.Owner}")).Single().Assignments);
        Assert.Empty(await RunnerClient.ListAsync(admin, $"?owner={rows.Owner}&repository=web"));
        await admin.PostAsJsonAsync($"/v1/runners/{id}/assignments", new RunnerAssignmentRequest(rows.Owner, "web"), ContractsJson.Default.RunnerAssignmentRequest);
        Assert.Equal([rows.Owner, $"{rows.Owner}/web"], (await RunnerClient.ListAsync(admin, $"?owner={rows.Owner}&repository=web")).Single().Assignments);
        using var unassign = new HttpRequestMessage(HttpMethod.Delete, $"/v1/runners/{id}/assignments")
        {
            Content = JsonContent.Create(new RunnerAssignmentRequest(rows.Owner, null), ContractsJson.Default.RunnerAssignmentRequest),
        };
        Assert.Equal(HttpStatusCode.NoContent, (await admin.SendAsync(unassign)).StatusCode);
        Assert.Equal([$"{rows.Owner}/web"], (await RunnerClient.ListAsync(admin, "?label=LINUX")).Single(runner => runner.Id == id).Assignments);
    }

    [Fact]
    public async Task A_maintainer_changes_a_runner_only_while_it_works_for_nobody_else()
    {
        await using var server = await TestServer.StartAsync();
        var rows = await ExecutionRows.InsertAsync(server.Database);
        var (userId, _, maintainer) = await server.SignedInAsync();
        await using (var connection = await server.Database.OpenAsync())
        {
            await connection.ExecuteAsync(
                "insert into repository_members (repository_id, user_id, role, added_at) values (@Repository, @User, 'maintainer', '2026-01-01Z')",
                new { Repository = rows.Repository.Value, User = userId.Value });
        }

        var (id, _) = await RunnerClient.RegisteredAsync(server, await RunnerClient.NewTokenAsync(maintainer, rows.Owner, "web"));
        Assert.Equal(HttpStatusCode.NoContent, (await maintainer.PostAsync($"/v1/runners/{id}/pause", null)).StatusCode);
        var (_, _, admin) = await server.SignedInAsync(isAdmin: true);
        await admin.PostAsJsonAsync($"/v1/runners/{id}/assignments", new RunnerAssignmentRequest(null, null), ContractsJson.Default.RunnerAssignmentRequest);
        Assert.Equal(HttpStatusCode.Forbidden, (await maintainer.PostAsync($"/v1/runners/{id}/resume", null)).StatusCode);
        var (_, _, stranger) = await server.SignedInAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"/v1/runners/{id}/resume", null)).StatusCode);
        Assert.Empty(await RunnerClient.ListAsync(stranger));

        // Not by naming what it works for either, although anybody may read that: hosts and addresses are the maintainers' matter.
        await using (var connection = await server.Database.OpenAsync())
            await connection.ExecuteAsync("update repositories set visibility = 'public' where id = @Repository", new { Repository = rows.Repository.Value });
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync($"/v1/runners?owner={rows.Owner}&repository=web")).StatusCode);
        Assert.Equal(id, (await RunnerClient.ListAsync(maintainer)).Single().Id);
    }
}
