using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Jobs;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Secrets;

public sealed class SecretEndpointsTests
{
    private const string OfRepository = "/v1/repos/acme/tools/secrets";
    private const string OfEnvironment = "/v1/repos/acme/tools/environments/live/secrets";
    private const string OfOrganization = "/v1/orgs/acme/secrets";
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task A_maintainer_sets_changes_lists_and_deletes_a_secret_and_never_sees_its_value()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await MemberAsync(world, "maintainer");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(maintainer, $"{OfRepository}/deploy_key", "first value")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(maintainer, $"{OfRepository}/DEPLOY_KEY", "second value")).StatusCode);
        var listed = await maintainer.GetStringAsync(OfRepository);
        Assert.Contains("\"DEPLOY_KEY\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("value", listed, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await maintainer.DeleteAsync($"{OfRepository}/Deploy_Key")).StatusCode);
        Assert.Equal("not_found", await Problem.CodeAsync(await maintainer.DeleteAsync($"{OfRepository}/DEPLOY_KEY"), HttpStatusCode.NotFound));
        Assert.Equal(["secret.set", "secret.set", "secret.delete"], await world.QueryAsync<string>("select action from audit_events where target = 'DEPLOY_KEY' order by id"));
    }

    [Theory]
    [InlineData("developer", OfRepository)]
    [InlineData("reporter", OfRepository)]
    [InlineData("developer", OfEnvironment)]
    public async Task Who_is_less_than_a_maintainer_neither_reads_nor_writes_names(string role, string address)
    {
        await using var world = await JobWorld.StartAsync();
        var member = await MemberAsync(world, role);
        Assert.Equal("forbidden", await Problem.CodeAsync(await member.GetAsync(address), HttpStatusCode.Forbidden));
        Assert.Equal("forbidden", await Problem.CodeAsync(await PutAsync(member, $"{address}/A", "value"), HttpStatusCode.Forbidden));
        Assert.Equal("forbidden", await Problem.CodeAsync(await member.DeleteAsync($"{address}/A"), HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task An_organizations_secrets_are_its_owners_and_strangers_learn_of_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        var (owner, _, owners) = await world.Server.SignedInAsync();
        var (maintainer, _, maintainers) = await world.Server.SignedInAsync();
        var (_, _, stranger) = await world.Server.SignedInAsync();
        await world.Seeds.OrganizationMemberAsync(world.Organization.Value, owner.Value, "owner");
        await world.Seeds.OrganizationMemberAsync(world.Organization.Value, maintainer.Value, "maintainer");
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(owners, $"{OfOrganization}/SHARED", "value")).StatusCode);
        Assert.Equal("SHARED", Assert.Single((await owners.GetFromJsonAsync(OfOrganization, Json.SecretPage))!.Items).Name);
        Assert.Equal("forbidden", await Problem.CodeAsync(await PutAsync(maintainers, $"{OfOrganization}/SHARED", "value"), HttpStatusCode.Forbidden));
        Assert.Equal("not_found", await Problem.CodeAsync(await stranger.GetAsync(OfOrganization), HttpStatusCode.NotFound));
        Assert.Equal("not_found", await Problem.CodeAsync(await stranger.GetAsync(OfRepository), HttpStatusCode.NotFound));
    }

    [Theory]
    [InlineData("A", true)]
    [InlineData("_under_score_9", true)]
    [InlineData("GITHUBBER", true)]
    [InlineData("9LIVES", false)]
    [InlineData("with-dash", false)]
    [InlineData("with%20space", false)]
    [InlineData("Ünicode", false)]
    [InlineData("GITHUB_TOKEN", false)]
    [InlineData("github_anything", false)]
    public async Task Names_are_as_on_GitHub(string name, bool isValid)
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await MemberAsync(world, "maintainer");
        var answer = await PutAsync(maintainer, $"{OfRepository}/{name}", "value");
        if (isValid)
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        else
            Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_name_and_a_value_may_be_as_long_as_the_limit_and_no_longer()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await MemberAsync(world, "maintainer");
        var (longest, largest) = (new string('N', SecretRules.MaxNameLength), new string('é', SecretRules.MaxValueBytes / 2));
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(maintainer, $"{OfRepository}/{longest}", largest)).StatusCode);
        Assert.Equal("invalid", await Problem.CodeAsync(await PutAsync(maintainer, $"{OfRepository}/{longest}N", "value"), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await PutAsync(maintainer, $"{OfRepository}/B", largest + "x"), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await PutAsync(maintainer, $"{OfRepository}/B", ""), HttpStatusCode.BadRequest));
        Assert.Equal("invalid", await Problem.CodeAsync(await PutAsync(maintainer, $"{OfRepository}/B", "a\0b"), HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData(OfRepository, "repository_id", SecretRules.MaxSecretsOfRepository)]
    [InlineData(OfEnvironment, "environment_id", SecretRules.MaxSecretsOfEnvironment)]
    [InlineData(OfOrganization, "organization_id", SecretRules.MaxSecretsOfOrganization)]
    public async Task Beyond_the_limit_a_new_secret_is_refused_and_an_old_one_can_still_be_changed(string address, string column, int limit)
    {
        await using var world = await JobWorld.StartAsync();
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        var environment = await world.EnvironmentAsync("live");
        await world.ScalarAsync<object>(
            $"""
            insert into actions_secrets ({column}, name, sealed_value, wrapped_key, master_key_id, created_at, updated_at)
            select @Owner, 'S' || n, '', '', '', now(), now() from generate_series(2, @Limit) n
            """,
            new { Owner = column switch { "repository_id" => world.Repository.Value, "environment_id" => environment.Value, _ => world.Organization.Value }, Limit = limit });

        // Of several that come at once for the last place one gets it.
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => PutAsync(admin, $"{address}/LAST{n}", "value")));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        foreach (var refused in answers.Where(answer => !answer.IsSuccessStatusCode))
            Assert.Equal("secret_limit_reached", await Problem.CodeAsync(refused, HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.NoContent, (await PutAsync(admin, $"{address}/s2", "value")).StatusCode);
    }

    [Fact]
    public async Task A_value_is_neither_logged_nor_stored_as_it_is_nor_told_when_it_is_refused()
    {
        await using var world = await JobWorld.StartAsync();
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        const string value = "correct horse battery staple";
        await PutAsync(admin, $"{OfRepository}/A", value);
        await PutAsync(admin, $"{OfOrganization}/A", value);
        await PutAsync(admin, $"{OfEnvironment}/A", value);
        var refused = await PutAsync(admin, $"{OfRepository}/9", value + new string('x', SecretRules.MaxValueBytes));
        Assert.DoesNotContain(value, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await world.RunAsync(JobWorld.OneJob);
        var claim = await world.ClaimAsync(await world.RunnerAsync());
        Assert.Equal(value, (await world.Server.Get<Server.Jobs.JobMessages>().BuildAsync(claim!, default)).Secrets["A"]);

        Assert.NotEmpty(world.Server.Log.Lines);
        Assert.DoesNotContain(world.Server.Log.Lines, line => line.Contains(value, StringComparison.Ordinal));
        await using var connection = await world.Server.Database.OpenAsync();
        var asText = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(value));
        foreach (var table in await connection.QueryAsync<string>("select tablename from pg_tables where schemaname = 'public'"))
        {
            Assert.Equal(0, await connection.QuerySingleAsync<int>(
                $"select count(*)::int from {table} t where position(@Value in t::text) > 0 or position(@AsText in t::text) > 0", new { Value = value, AsText = asText }));
        }
    }

    internal static Task<HttpResponseMessage> PutAsync(HttpClient client, string address, string value) =>
        client.PutAsJsonAsync(address, new PutSecretRequest(value), Json.PutSecretRequest);

    internal static async Task<HttpClient> MemberAsync(JobWorld world, string role)
    {
        var (id, _, client) = await world.Server.SignedInAsync();
        await world.Seeds.RepositoryMemberAsync(world.Repository.Value, id.Value, role);
        return client;
    }
}
