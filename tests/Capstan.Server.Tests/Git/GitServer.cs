using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Testing;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Git;

/// <summary>One server for a class of tests, with an organization and people of every role in it; each test makes a repository of its own.</summary>
public sealed class GitServer : IAsyncLifetime
{
    private TestServer? server;
    private int lastRepository;

    public TestServer Server => server!;

    public Person Owner { get; private set; } = null!;

    public Person Developer { get; private set; } = null!;

    /// <summary>Reads the organization's internal repositories, and no private one.</summary>
    public Person Guest { get; private set; } = null!;

    /// <summary>In no organization.</summary>
    public Person Stranger { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        var seeds = new Seeds(server.ConnectionString);
        Owner = await PersonAsync();
        Developer = await PersonAsync();
        Guest = await PersonAsync();
        Stranger = await PersonAsync();
        var organization = await seeds.OrganizationAsync("acme", Owner.Id.Value);
        await seeds.OrganizationMemberAsync(organization, Developer.Id.Value, "developer");
        await seeds.OrganizationMemberAsync(organization, Guest.Id.Value, "guest");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }

    public async Task<HostedRepository> CreateAsync(string visibility = "private", string? defaultBranch = null)
    {
        var name = $"app{Interlocked.Increment(ref lastRepository)}";
        var response = await Owner.Client.PostAsJsonAsync(
            "/v1/orgs/acme/repos", new CreateRepositoryRequest(name) { Visibility = visibility, DefaultBranch = defaultBranch }, ContractsJson.Default.CreateRepositoryRequest);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var created = await response.Content.ReadFromJsonAsync(ContractsJson.Default.RepositoryResponse);
        return new HostedRepository(this, new RepositoryId(created!.Id), name);
    }

    private async Task<Person> PersonAsync()
    {
        var (id, username, client) = await Server.SignedInAsync();
        return new Person(id, username, client);
    }
}

/// <summary>A user with a token.</summary>
public sealed record Person(UserId Id, string Username, HttpClient Client)
{
    public string Token => Client.DefaultRequestHeaders.Authorization!.Parameter!;
}

/// <summary>A repository on the server, and ways to look at it from both sides.</summary>
public sealed class HostedRepository(GitServer git, RepositoryId id, string name)
{
    public GitServer Git => git;

    public RepositoryId Id => id;

    public string Name => name;

    public string FolderOnServer => git.Server.Get<GitFolder>().PathOf(id);

    /// <summary>The address with credentials in it, as a person may type it.</summary>
    public string UrlFor(string user, string password) => $"{git.Server.Url.Replace("://", $"://{user}:{password}@", StringComparison.Ordinal)}/acme/{name}.git";

    public string UrlFor(Person? person) => person is null ? $"{git.Server.Url}/acme/{name}.git" : UrlFor("x-access-token", person.Token);

    /// <summary>A new working copy with one commit on <c>main</c>, with this repository as its <c>origin</c>.</summary>
    public async Task<GitClient> WorkAsync(Person? person = null, string branch = "main")
    {
        var work = new GitClient();
        await work.RunAsync("init", "--quiet", $"--initial-branch={branch}", ".");
        await work.RunAsync("remote", "add", "origin", UrlFor(person ?? git.Developer));
        await work.CommitAsync("README.md", "first");
        return work;
    }

    public async Task<string?> RefAsync(string reference)
    {
        var refs = await git.Server.Get<GitFolder>().ReadRefsAsync(id, [reference], CancellationToken.None);
        return refs.GetValueOrDefault(reference);
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql)
    {
        await using var connection = await git.Server.Database.OpenAsync();
        return [.. await connection.QueryAsync<T>(sql, new { Repository = id })];
    }

    public Task<IReadOnlyList<string>> EventRefsAsync() => QueryAsync<string>("select ref from trigger_events where repository_id = @Repository order by id");

    public Task<IReadOnlyList<string>> PushStatesAsync() => QueryAsync<string>("select state from pushes where repository_id = @Repository order by id");
}
