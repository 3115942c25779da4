using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Tests.Git;
using Xunit;

namespace Capstan.Server.Tests.Repositories;

public sealed class RepositoryTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_new_repository_has_its_folder_its_audit_record_and_an_address_to_clone()
    {
        var answer = await CreateAsync(git.Owner, new CreateRepositoryRequest("Tools") { Visibility = "internal", DefaultBranch = "trunk", Description = "all" });
        var created = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.RepositoryResponse);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(
            ("acme/Tools", "internal", "trunk", "all", "own", $"{git.Server.Url}/acme/Tools.git"),
            (created!.FullName, created.Visibility, created.DefaultBranch, created.Description, created.Right, created.CloneUrl));
        Assert.Equal("ref: refs/heads/trunk\n", await File.ReadAllTextAsync(Path.Combine(git.Server.DataFolder, "git", $"{created.Id}.git", "HEAD")));
        Assert.Equal(1, await git.Server.Database.ReadSingleOrDefaultAsync<int>(
            "select count(*)::int from audit_events where action = 'repository.create' and repository_id = @Id", new { created.Id }));
        Assert.Equal(created, await git.Guest.Client.GetFromJsonAsync("/v1/repos/ACME/tools", ContractsJson.Default.RepositoryResponse) is { } seen ? seen with { Right = "own" } : null);
    }

    [Theory]
    [InlineData("", "1 to 100")]
    [InlineData("a b", "letters")]
    [InlineData("a/b", "letters")]
    [InlineData("ä", "letters")]
    [InlineData("..", "begin")]
    [InlineData("-a", "begin")]
    [InlineData("a.git", "end")]
    public async Task A_name_that_is_no_name_is_refused(string name, string why)
    {
        var answer = await CreateAsync(git.Owner, new CreateRepositoryRequest(name));
        Assert.Contains(why, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("invalid", await Problem.CodeAsync(answer, HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData(100, HttpStatusCode.Created)]
    [InlineData(101, HttpStatusCode.BadRequest)]
    public async Task A_name_has_at_most_a_hundred_characters(int length, HttpStatusCode status) =>
        Assert.Equal(status, (await CreateAsync(git.Owner, new CreateRepositoryRequest(new string('x', length)))).StatusCode);

    [Fact]
    public async Task All_mistakes_are_told_at_once()
    {
        var answer = await CreateAsync(git.Owner, new CreateRepositoryRequest("a b") { Visibility = "hidden", DefaultBranch = "a..b" });
        var text = await answer.Content.ReadAsStringAsync();
        Assert.All(new[] { "letters", "Visibility is one of", "'a..b'" }, part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_is_taken_in_any_case_and_some_are_reserved()
    {
        await CreateAsync(git.Owner, new CreateRepositoryRequest("Twice"));
        Assert.Equal("name_taken", await Problem.CodeAsync(await CreateAsync(git.Owner, new CreateRepositoryRequest("tWICE")), HttpStatusCode.Conflict));
        Assert.Equal("name_reserved", await Problem.CodeAsync(await CreateAsync(git.Owner, new CreateRepositoryRequest("Settings")), HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Only_maintainers_and_owners_create_repositories()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await CreateAsync(git.Developer, new CreateRepositoryRequest("no"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await CreateAsync(git.Stranger, new CreateRepositoryRequest("no"))).StatusCode);
        using var anonymous = git.Server.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await anonymous.PostAsJsonAsync("/v1/orgs/acme/repos", new CreateRepositoryRequest("no"), ContractsJson.Default.CreateRepositoryRequest)).StatusCode);
    }

    [Fact]
    public async Task Everybody_lists_what_they_may_see_page_by_page()
    {
        var names = new Dictionary<string, string>();
        foreach (var visibility in new[] { "public", "internal", "private" })
            names[visibility] = (await git.CreateAsync(visibility)).Name;
        using var anonymous = git.Server.Anonymous();
        Assert.Equal((true, false, false), await SeenAsync(anonymous));
        Assert.Equal((true, true, false), await SeenAsync(git.Stranger.Client));
        Assert.Equal((true, true, false), await SeenAsync(git.Guest.Client));
        Assert.Equal((true, true, true), await SeenAsync(git.Developer.Client));

        async Task<(bool Public, bool Internal, bool Private)> SeenAsync(HttpClient client)
        {
            var seen = new HashSet<string>();
            for (long? after = 0; after is not null;)
            {
                var page = await client.GetFromJsonAsync($"/v1/repos?limit=2&after={after}", ContractsJson.Default.RepositoryPage);
                Assert.InRange(page!.Items.Count, 0, 2);
                Assert.All(page.Items, repository => Assert.True(seen.Add(repository.Name)));
                after = page.Next;
            }

            return (seen.Contains(names["public"]), seen.Contains(names["internal"]), seen.Contains(names["private"]));
        }
    }

    private static Task<HttpResponseMessage> CreateAsync(Person by, CreateRepositoryRequest request) =>
        by.Client.PostAsJsonAsync("/v1/orgs/acme/repos", request, ContractsJson.Default.CreateRepositoryRequest);
}
