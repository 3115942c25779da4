using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Xunit;

namespace Capstan.Server.Tests.Organizations;

public sealed class OrganizationEndpointsTests
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    [Fact]
    public async Task Who_makes_an_organization_owns_it_and_strangers_do_not_learn_of_it()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, ada) = await server.SignedInAsync();
        var (_, _, bob) = await server.SignedInAsync();
        var created = await ada.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest("Acme", "Acme Ltd"), Json.CreateOrganizationRequest);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal("own", (await ada.GetFromJsonAsync("/v1/orgs/ACME", Json.OrganizationResponse))!.Right);
        Assert.Equal("Acme", Assert.Single((await ada.GetFromJsonAsync("/v1/orgs", Json.OrganizationPage))!.Items).Path);
        Assert.Empty((await bob.GetFromJsonAsync("/v1/orgs", Json.OrganizationPage))!.Items);
        Assert.Equal("not_found", await Problem.CodeAsync(await bob.GetAsync("/v1/orgs/acme"), HttpStatusCode.NotFound));
        Assert.Equal("unauthenticated", await Problem.CodeAsync(await server.Anonymous().GetAsync("/v1/orgs/acme"), HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Two_requests_for_one_name_make_one_organization()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, ada) = await server.SignedInAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            ada.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest(i % 2 == 0 ? "acme" : "ACME"), Json.CreateOrganizationRequest)));
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.All(answers.Where(answer => !answer.IsSuccessStatusCode), answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));
    }

    [Fact]
    public async Task A_maintainer_adds_members_but_only_an_owner_makes_owners()
    {
        await using var server = await TestServer.StartAsync();
        var (_, _, ada) = await server.SignedInAsync();
        var (_, bobsName, bob) = await server.SignedInAsync();
        var (_, evesName, eve) = await server.SignedInAsync();
        await ada.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest("acme"), Json.CreateOrganizationRequest);

        Assert.Equal(HttpStatusCode.NoContent, (await SetAsync(ada, bobsName, "maintainer")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await SetAsync(bob, evesName, "developer")).StatusCode);
        Assert.Equal("forbidden", await Problem.CodeAsync(await SetAsync(bob, evesName, "owner"), HttpStatusCode.Forbidden));
        Assert.Equal("forbidden", await Problem.CodeAsync(await SetAsync(eve, bobsName, "guest"), HttpStatusCode.Forbidden));
        Assert.Equal("invalid", await Problem.CodeAsync(await SetAsync(ada, bobsName, "king"), HttpStatusCode.BadRequest));
        Assert.Equal("not_found", await Problem.CodeAsync(await SetAsync(ada, "nobody", "guest"), HttpStatusCode.NotFound));
        var members = (await eve.GetFromJsonAsync("/v1/orgs/acme/members", Json.OrganizationMemberPage))!.Items;
        Assert.Equal(["owner", "maintainer", "developer"], members.Select(member => member.Role));
    }

    [Fact]
    public async Task The_last_owner_stays_and_anybody_may_leave()
    {
        await using var server = await TestServer.StartAsync();
        var (_, adasName, ada) = await server.SignedInAsync();
        var (_, bobsName, bob) = await server.SignedInAsync();
        await ada.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest("acme"), Json.CreateOrganizationRequest);
        await SetAsync(ada, bobsName, "guest");
        Assert.Equal("conflict", await Problem.CodeAsync(await ada.DeleteAsync($"/v1/orgs/acme/members/{adasName}"), HttpStatusCode.Conflict));
        Assert.Equal("conflict", await Problem.CodeAsync(await SetAsync(ada, adasName, "guest"), HttpStatusCode.Conflict));
        Assert.Equal("forbidden", await Problem.CodeAsync(await bob.DeleteAsync($"/v1/orgs/acme/members/{adasName}"), HttpStatusCode.Forbidden));
        Assert.Equal(HttpStatusCode.NoContent, (await bob.DeleteAsync($"/v1/orgs/acme/members/{bobsName}")).StatusCode);
        Assert.Equal("not_found", await Problem.CodeAsync(await bob.GetAsync("/v1/orgs/acme"), HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Every_change_is_in_the_audit_log_of_the_organization()
    {
        await using var server = await TestServer.StartAsync();
        var (_, adasName, ada) = await server.SignedInAsync();
        var (_, bobsName, bob) = await server.SignedInAsync();
        await ada.PostAsJsonAsync("/v1/orgs", new CreateOrganizationRequest("acme"), Json.CreateOrganizationRequest);
        await SetAsync(ada, bobsName, "maintainer");
        await ada.DeleteAsync($"/v1/orgs/acme/members/{bobsName}");
        var events = (await ada.GetFromJsonAsync("/v1/orgs/acme/audit", Json.AuditEventPage))!.Items;
        Assert.Equal(["organization.member.remove", "organization.member.set", "organization.create"], events.Select(entry => entry.Action));
        Assert.All(events, entry => Assert.Equal(adasName, entry.By));
        await SetAsync(ada, bobsName, "maintainer");
        Assert.Equal("forbidden", await Problem.CodeAsync(await bob.GetAsync("/v1/orgs/acme/audit"), HttpStatusCode.Forbidden));
    }

    private static Task<HttpResponseMessage> SetAsync(HttpClient client, string username, string role) =>
        client.PutAsJsonAsync($"/v1/orgs/acme/members/{username}", new SetMemberRequest(role), Json.SetMemberRequest);
}
