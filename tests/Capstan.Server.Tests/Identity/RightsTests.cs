using System.Net;
using Capstan.Server.Data;
using Capstan.Server.Tests.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class RightsTests
{
    // Organization role, repository role, visibility, is the user an administrator: the right. The higher of both roles counts; visibility gives reading.
    [Theory]
    [InlineData(null, null, "private", false, Right.None)]
    [InlineData(null, null, "internal", false, Right.Read)]
    [InlineData(null, null, "public", false, Right.Read)]
    [InlineData("guest", null, "private", false, Right.None)]
    [InlineData("guest", null, "internal", false, Right.Read)]
    [InlineData("guest", "reporter", "private", false, Right.Read)]
    [InlineData("guest", "maintainer", "private", false, Right.Maintain)]
    [InlineData("developer", null, "private", false, Right.Write)]
    [InlineData("developer", "reporter", "private", false, Right.Write)]
    [InlineData("developer", "maintainer", "private", false, Right.Maintain)]
    [InlineData("maintainer", null, "private", false, Right.Maintain)]
    [InlineData("maintainer", "developer", "private", false, Right.Maintain)]
    [InlineData("owner", null, "private", false, Right.Own)]
    [InlineData(null, "reporter", "private", false, Right.Read)]
    [InlineData(null, "developer", "private", false, Right.Write)]
    [InlineData(null, "maintainer", "private", false, Right.Maintain)]
    [InlineData(null, null, "private", true, Right.Own)]
    public async Task The_effective_right_is_the_higher_of_roles_and_visibility(string? organizationRole, string? repositoryRole, string visibility, bool isAdmin, Right expected)
    {
        await using var server = await ServerDatabase.CreateAsync();
        var seeds = new Seeds(server.ConnectionString);
        var organization = await seeds.OrganizationAsync("acme", await seeds.UserAsync());
        var repository = await seeds.RepositoryAsync(organization, "app", visibility);
        var user = await seeds.UserAsync("ada", isAdmin);
        if (organizationRole is not null)
            await seeds.OrganizationMemberAsync(organization, user, organizationRole);
        if (repositoryRole is not null)
            await seeds.RepositoryMemberAsync(repository, user, repositoryRole);
        var rights = new RightsQueries(server.Database);
        var found = await rights.FindRepositoryAsync(new UserPrincipal(new UserId(user), "ada", isAdmin), "ACME", "App", default);
        Assert.Equal(expected, found!.Right);
    }

    [Theory]
    [InlineData("public", Right.Read)]
    [InlineData("internal", Right.None)]
    [InlineData("private", Right.None)]
    public async Task Nobody_in_particular_reads_what_is_public(string visibility, Right expected)
    {
        await using var server = await ServerDatabase.CreateAsync();
        var seeds = new Seeds(server.ConnectionString);
        await seeds.RepositoryAsync(await seeds.OrganizationAsync("acme", await seeds.UserAsync()), "app", visibility);
        Assert.Equal(expected, (await new RightsQueries(server.Database).FindRepositoryAsync(AnonymousPrincipal.Instance, "acme", "app", default))!.Right);
    }

    [Theory]
    [InlineData("none", Right.None)]
    [InlineData("read", Right.Read)]
    [InlineData("write", Right.Write)]
    public async Task A_job_does_with_its_own_repository_what_its_permissions_say_and_nothing_with_others(string contents, Right expected)
    {
        await using var server = await ServerDatabase.CreateAsync();
        var seeds = new Seeds(server.ConnectionString);
        var organization = await seeds.OrganizationAsync("acme", await seeds.UserAsync());
        var own = await seeds.RepositoryAsync(organization, "own");
        await seeds.RepositoryAsync(organization, "other");
        var job = new JobPrincipal(new ExecutionId(1), new RunId(1), new RepositoryId(own), new Dictionary<string, string> { ["contents"] = contents });
        var rights = new RightsQueries(server.Database);
        Assert.Equal(expected, (await rights.FindRepositoryAsync(job, "acme", "own", default))!.Right);
        Assert.Equal(Right.None, (await rights.FindRepositoryAsync(job, "acme", "other", default))!.Right);
    }

    [Fact]
    public async Task A_renamed_repository_and_owner_are_found_by_their_old_names()
    {
        await using var server = await ServerDatabase.CreateAsync();
        var seeds = new Seeds(server.ConnectionString);
        var organization = await seeds.OrganizationAsync("acme", await seeds.UserAsync());
        var repository = await seeds.RepositoryAsync(organization, "app", "public");
        await seeds.ExecuteAsync("insert into slugs (slug, organization_id, is_redirect) values ('old-acme', $1, true)", organization);
        await seeds.ExecuteAsync("insert into repository_redirects (organization_id, path, repository_id) values ($1, 'old-app', $2)", organization, repository);
        var found = await new RightsQueries(server.Database).FindRepositoryAsync(AnonymousPrincipal.Instance, "Old-Acme", "OLD-APP", default);
        Assert.Equal(("acme", "app"), (found!.Owner, found.Path));
    }

    [Theory]
    [InlineData(false, Right.None, Right.Read, HttpStatusCode.Unauthorized)]
    [InlineData(false, Right.Read, Right.Write, HttpStatusCode.Unauthorized)]
    [InlineData(false, Right.Read, Right.Read, HttpStatusCode.OK)]
    [InlineData(true, Right.None, Right.Read, HttpStatusCode.NotFound)]
    [InlineData(true, Right.None, Right.Own, HttpStatusCode.NotFound)]
    [InlineData(true, Right.Read, Right.Write, HttpStatusCode.Forbidden)]
    [InlineData(true, Right.Maintain, Right.Own, HttpStatusCode.Forbidden)]
    [InlineData(true, Right.Own, Right.Own, HttpStatusCode.OK)]
    public void A_refusal_tells_no_more_than_the_caller_may_know(bool signedIn, Right has, Right needs, HttpStatusCode expected)
    {
        Principal principal = signedIn ? new UserPrincipal(new UserId(1), "ada", IsAdmin: false) : AnonymousPrincipal.Instance;
        Assert.Equal((int)expected, AccessDecisions.Refuse(principal, has, needs)?.StatusCode ?? 200);
    }
}
