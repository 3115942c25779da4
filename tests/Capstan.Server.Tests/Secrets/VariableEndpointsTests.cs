using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Secrets;

public sealed class VariableEndpointsTests
{
    private const string OfRepository = "/v1/repos/acme/tools/variables";
    private const string OfEnvironment = "/v1/repos/acme/tools/environments/live/variables";
    private const string OfOrganization = "/v1/orgs/acme/variables";
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task A_maintainer_sets_changes_lists_and_deletes_a_variable()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(maintainer, $"{OfRepository}/region", "north")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(maintainer, $"{OfRepository}/REGION", "")).StatusCode);
        var variable = Assert.Single((await maintainer.GetFromJsonAsync(OfRepository, Json.VariablePage))!.Items);
        Assert.Equal(("REGION", ""), (variable.Name, variable.Value));
        Assert.Equal(HttpStatusCode.NoContent, (await maintainer.DeleteAsync($"{OfRepository}/region")).StatusCode);
        Assert.Equal("not_found", await Problem.CodeAsync(await maintainer.DeleteAsync($"{OfRepository}/region"), HttpStatusCode.NotFound));
        Assert.Equal(["variable.set", "variable.set", "variable.delete"], await world.QueryAsync<string>("select action from audit_events where target = 'REGION' order by id"));
    }

    [Theory]
    [InlineData(OfRepository, HttpStatusCode.Forbidden)]
    [InlineData(OfEnvironment, HttpStatusCode.Forbidden)]
    [InlineData(OfOrganization, HttpStatusCode.NotFound)]
    public async Task A_developer_of_the_repository_has_no_say(string address, HttpStatusCode status)
    {
        await using var world = await JobWorld.StartAsync();
        var developer = await SecretEndpointsTests.MemberAsync(world, "developer");
        await Problem.CodeAsync(await developer.GetAsync(address), status);
        await Problem.CodeAsync(await PutAsync(developer, $"{address}/A", "value"), status);
    }

    [Fact]
    public async Task Bad_names_and_values_are_all_told_at_once()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        var answer = await PutAsync(maintainer, $"{OfRepository}/github_x", new string('x', SecretRules.MaxValueBytes + 1));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
        Assert.Contains("\"name\"", text, StringComparison.Ordinal);
        Assert.Contains("\"value\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OfRepository, "repository_id", SecretRules.MaxVariablesOfRepository)]
    [InlineData(OfEnvironment, "environment_id", SecretRules.MaxVariablesOfEnvironment)]
    [InlineData(OfOrganization, "organization_id", SecretRules.MaxVariablesOfOrganization)]
    public async Task Beyond_the_limit_a_new_variable_is_refused(string address, string column, int limit)
    {
        await using var world = await JobWorld.StartAsync();
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        var environment = await world.EnvironmentAsync("live");
        await world.ScalarAsync<object>(
            $"insert into actions_variables ({column}, name, value, created_at, updated_at) select @Owner, 'V' || n, '', now(), now() from generate_series(2, @Limit) n",
            new { Owner = column switch { "repository_id" => world.Repository.Value, "environment_id" => environment.Value, _ => world.Organization.Value }, Limit = limit });
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(admin, $"{address}/LAST", "value")).StatusCode);
        Assert.Equal("variable_limit_reached", await Problem.CodeAsync(await PutAsync(admin, $"{address}/MORE", "value"), HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(admin, $"{address}/v2", "value")).StatusCode);
    }

    [Fact]
    public async Task A_list_goes_page_by_page_in_the_order_of_making()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        foreach (var name in (string[])["C", "A", "B"])
            await PutAsync(maintainer, $"{OfRepository}/{name}", name);
        var first = (await maintainer.GetFromJsonAsync($"{OfRepository}?limit=2", Json.VariablePage))!;
        var second = (await maintainer.GetFromJsonAsync($"{OfRepository}?limit=2&after={first.Next}", Json.VariablePage))!;
        Assert.Equal(["C", "A", "B"], first.Items.Concat(second.Items).Select(variable => variable.Name));
        Assert.Null(second.Next);
    }

    internal static Task<HttpResponseMessage> PutAsync(HttpClient client, string address, string value) =>
        client.PutAsJsonAsync(address, new PutVariableRequest(value), Json.PutVariableRequest);
}
