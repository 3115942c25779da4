using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Server.Deployments;
using Capstan.Server.Tests.Jobs;
using Capstan.Server.Tests.Secrets;
using Xunit;

namespace Capstan.Server.Tests.Deployments;

public sealed class EnvironmentEndpointsTests
{
    private const string Environments = "/v1/repos/acme/tools/environments";
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Theory]
    [InlineData("live", "live", "LIVE")]
    [InlineData("preview/feature x+1", "preview%2Ffeature%20x%2B1", "PREVIEW%2fFeature%20X+1")]
    [InlineData("Größe; 100%!", "Gr%C3%B6%C3%9Fe%3B%20100%25%21", "GR%C3%96%C3%9FE%3B%20100%25%21")]
    public async Task The_first_secret_makes_its_environment_and_it_is_found_by_its_name_whatever_the_case(string name, string sent, string otherwise)
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");

        Assert.Equal(HttpStatusCode.Created, (await SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/{sent}/secrets/KEY", "value")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/{otherwise}/secrets/key", "value")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await VariableEndpointsTests.PutAsync(maintainer, $"{Environments}/{otherwise}/variables/key", "value")).StatusCode);

        Assert.Equal(name, Assert.Single((await maintainer.GetFromJsonAsync(Environments, Json.EnvironmentPage))!.Items).Name);
        Assert.Equal("KEY", Assert.Single((await maintainer.GetFromJsonAsync($"{Environments}/{otherwise}/secrets", Json.SecretPage))!.Items).Name);
        Assert.Equal("value", Assert.Single((await maintainer.GetFromJsonAsync($"{Environments}/{sent}/variables", Json.VariablePage))!.Items).Value);
        Assert.Empty((await maintainer.GetFromJsonAsync("/v1/repos/acme/tools/secrets", Json.SecretPage))!.Items);
        Assert.Equal(HttpStatusCode.NoContent, (await maintainer.DeleteAsync($"{Environments}/{otherwise}/secrets/Key")).StatusCode);
        Assert.Equal(
            [$"environment.create {name} -", $"secret.set KEY {name}", $"secret.set KEY {name}", $"variable.set KEY {name}", $"secret.delete KEY {name}"],
            await world.QueryAsync<string>("select action || ' ' || target || ' ' || coalesce(detail ->> 'environment', '-') from audit_events where repository_id is not null order by id"));
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%2fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%252fb%2Fc?page=1", "a%2fb/c")]
    public async Task A_slash_and_its_escape_are_two_names(string sent, string name)
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        var address = sent.Split('?') is [var segment, var query] ? $"{segment}/variables/KEY?{query}" : $"{sent}/variables/KEY";

        Assert.Equal(HttpStatusCode.Created, (await VariableEndpointsTests.PutAsync(maintainer, $"{Environments}/{address}", "value")).StatusCode);

        Assert.Equal(name, Assert.Single((await maintainer.GetFromJsonAsync(Environments, Json.EnvironmentPage))!.Items).Name);
    }

    [Fact]
    public async Task What_nobody_has_named_is_not_there_and_looking_makes_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        foreach (var kind in (string[])["secrets", "variables"])
        {
            Assert.Equal("not_found", await Problem.CodeAsync(await maintainer.GetAsync($"{Environments}/live/{kind}"), HttpStatusCode.NotFound));
            Assert.Equal("not_found", await Problem.CodeAsync(await maintainer.DeleteAsync($"{Environments}/live/{kind}/KEY"), HttpStatusCode.NotFound));
        }

        Assert.Equal("invalid", await Problem.CodeAsync(await SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/live/secrets/9", "value"), HttpStatusCode.BadRequest));
        Assert.Empty((await maintainer.GetFromJsonAsync(Environments, Json.EnvironmentPage))!.Items);
    }

    [Theory]
    [InlineData(255, HttpStatusCode.Created)]
    [InlineData(256, HttpStatusCode.BadRequest)]
    public async Task A_name_may_be_as_long_as_the_limit(int length, HttpStatusCode status)
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        Assert.Equal(status, (await SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/{new string('x', length)}/secrets/KEY", "value")).StatusCode);
    }

    [Theory]
    [InlineData("%09")]
    [InlineData("%20")]
    public async Task A_name_that_no_job_could_have_is_refused(string name)
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        Assert.Equal("invalid", await Problem.CodeAsync(await VariableEndpointsTests.PutAsync(maintainer, $"{Environments}/{name}/variables/KEY", "value"), HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Of_several_that_come_at_once_for_the_last_place_one_gets_it_and_known_ones_can_still_be_used()
    {
        await using var world = await JobWorld.StartAsync();
        var maintainer = await SecretEndpointsTests.MemberAsync(world, "maintainer");
        await world.EnvironmentsAsync(EnvironmentStore.MaxOfRepository - 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/last{n}/secrets/KEY", "value")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        foreach (var refused in answers.Where(answer => !answer.IsSuccessStatusCode))
            Assert.Equal("environment_limit_reached", await Problem.CodeAsync(refused, HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.Created, (await SecretEndpointsTests.PutAsync(maintainer, $"{Environments}/E2/secrets/KEY", "value")).StatusCode);
    }

    [Fact]
    public async Task Who_is_less_than_a_maintainer_does_not_see_them()
    {
        await using var world = await JobWorld.StartAsync();
        await world.EnvironmentAsync("live");
        var developer = await SecretEndpointsTests.MemberAsync(world, "developer");
        Assert.Equal("forbidden", await Problem.CodeAsync(await developer.GetAsync(Environments), HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task The_description_of_the_interface_has_them()
    {
        await using var world = await JobWorld.StartAsync();
        var description = await world.Server.Anonymous().GetStringAsync("/v1/openapi.json");
        foreach (var path in (string[])["", "/{environment}/secrets", "/{environment}/secrets/{name}", "/{environment}/variables", "/{environment}/variables/{name}"])
            Assert.Contains($"\"/v1/repos/{{owner}}/{{repository}}/environments{path}\"", description, StringComparison.Ordinal);
    }
}
