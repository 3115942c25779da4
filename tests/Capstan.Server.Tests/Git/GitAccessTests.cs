using System.Net;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class GitAccessTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_public_repository_is_cloned_by_anybody_and_pushed_to_by_members_only()
    {
        var repository = await git.CreateAsync(visibility: "public");
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        using var other = new GitClient();
        await other.RunAsync("clone", "--quiet", repository.UrlFor(person: null), ".");
        await other.CommitAsync("b.txt", "b");
        Assert.Contains("could not read Username", (await other.TryAsync("push")).Error, StringComparison.Ordinal);
        Assert.Contains("403", (await other.TryAsync("push", repository.UrlFor(git.Stranger), "main")).Error, StringComparison.Ordinal);
        Assert.Single(await repository.EventRefsAsync());
    }

    [Fact]
    public async Task An_internal_repository_is_cloned_by_every_user_and_nobody_else()
    {
        var repository = await git.CreateAsync(visibility: "internal");
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        await work.RunAsync("ls-remote", repository.UrlFor(git.Stranger));
        Assert.Contains("could not read Username", (await work.TryAsync("ls-remote", repository.UrlFor(person: null))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_repository_is_unknown_to_whoever_may_not_see_it()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        Assert.Contains("not found", (await work.TryAsync("ls-remote", repository.UrlFor(git.Stranger))).Error, StringComparison.Ordinal);
        Assert.Contains("not found", (await work.TryAsync("push", repository.UrlFor(git.Stranger), "main")).Error, StringComparison.Ordinal);
        Assert.Contains("not found", (await work.TryAsync("ls-remote", repository.UrlFor(git.Guest))).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("info/refs?service=git-upload-pack")]
    [InlineData("info/refs?service=git-receive-pack")]
    public async Task A_stranger_is_asked_for_credentials_whether_or_not_the_repository_exists(string path)
    {
        var repository = await git.CreateAsync();
        using var anonymous = git.Server.Anonymous();
        foreach (var name in new[] { repository.Name, "no-such-repository" })
        {
            var response = await anonymous.GetAsync(new Uri($"/acme/{name}.git/{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("Basic realm", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_push_to_a_public_repository_asks_a_stranger_for_credentials()
    {
        var repository = await git.CreateAsync(visibility: "public");
        using var anonymous = git.Server.Anonymous();
        var response = await anonymous.GetAsync(new Uri($"/acme/{repository.Name}.git/info/refs?service=git-receive-pack", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains("Basic realm", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_credentials_are_refused_also_where_none_are_needed()
    {
        var repository = await git.CreateAsync(visibility: "public");
        using var work = await repository.WorkAsync();

        // Git sends what stands in the address only when it is asked to; a header it sends at once.
        Assert.Contains(
            "Authentication failed",
            (await work.TryAsync("-c", "http.extraHeader=Authorization: Bearer cap_wrong", "ls-remote", repository.UrlFor(person: null))).Error.Replace("could not read Username", "Authentication failed", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Contains("Authentication failed", (await work.TryAsync("push", repository.UrlFor("x", "cap_wrong"), "main")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_that_does_not_exist_says_so_to_a_user()
    {
        using var work = new GitClient();
        var address = (await git.CreateAsync()).UrlFor(git.Developer).Replace("/app", "/none", StringComparison.Ordinal);
        Assert.Contains("not found", (await work.TryAsync("ls-remote", address)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_works_without_git_at_its_end_and_in_any_case()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var address = repository.UrlFor(git.Developer);
        Assert.NotEmpty(await work.RunAsync("ls-remote", address[..^".git".Length]));
        Assert.NotEmpty(await work.RunAsync("ls-remote", address.Replace("/acme/app", "/ACME/App", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_token_that_may_only_read_clones_and_does_not_push()
    {
        var repository = await git.CreateAsync(visibility: "internal");
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var (_, _, client) = await git.Server.SignedInAsync(isAdmin: true, "read");
        var address = repository.UrlFor("x", client.DefaultRequestHeaders.Authorization!.Parameter!);
        await work.RunAsync("ls-remote", address);
        Assert.Contains("403", (await work.TryAsync("push", address, "main:other")).Error, StringComparison.Ordinal);
    }
}
