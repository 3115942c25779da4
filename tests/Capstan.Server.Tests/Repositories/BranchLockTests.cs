using System.Net;
using System.Net.Http.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Git;
using Capstan.Server.Tests.Git;
using Xunit;

namespace Capstan.Server.Tests.Repositories;

public sealed class BranchLockTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_lock_names_who_took_it_and_stays_theirs_and_both_changes_are_audited()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main:release/1.x");
        var address = new Uri($"/v1/repos/acme/{repository.Name}/locks/release/1.x", UriKind.Relative);

        var first = await ReadAsync(await git.Owner.Client.PutAsync(address, content: null));
        Assert.Equal(("release/1.x", true, git.Owner.Username), (first.Branch, first.Locked, first.LockedBy));
        Assert.Equal(first, await ReadAsync(await git.Owner.Client.PutAsync(address, content: null)));
        var list = await git.Developer.Client.GetFromJsonAsync($"/v1/repos/acme/{repository.Name}/locks", ContractsJson.Default.BranchLockListResponse);
        Assert.Equal([first], list!.Locks);

        Assert.False((await ReadAsync(await git.Owner.Client.DeleteAsync(address))).Locked);
        Assert.False((await ReadAsync(await git.Owner.Client.DeleteAsync(address))).Locked);
        Assert.Equal(
            ["branch.lock release/1.x", "branch.unlock release/1.x"],
            await repository.QueryAsync<string>("select action || ' ' || target from audit_events where repository_id = @Repository and action like 'branch.%' order by id"));
    }

    [Fact]
    public async Task A_branch_that_does_not_exist_cannot_be_locked()
    {
        var repository = await git.CreateAsync();
        var answer = await git.Owner.Client.PutAsync(new Uri($"/v1/repos/acme/{repository.Name}/locks/mian", UriKind.Relative), content: null);
        Assert.Equal("not_found", await Problem.CodeAsync(answer, HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Developers_neither_lock_nor_unlock()
    {
        var repository = await git.CreateAsync();
        var address = new Uri($"/v1/repos/acme/{repository.Name}/locks/main", UriKind.Relative);
        Assert.Equal("forbidden", await Problem.CodeAsync(await git.Developer.Client.PutAsync(address, content: null), HttpStatusCode.Forbidden));
        Assert.Equal("forbidden", await Problem.CodeAsync(await git.Developer.Client.DeleteAsync(address), HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_lock_waits_for_the_push_that_is_in_progress()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        Task<HttpResponseMessage> locking;
        await using (await git.Server.Get<RepositoryLock>().TryTakeAsync(repository.Id, TimeSpan.Zero, CancellationToken.None))
        {
            locking = git.Owner.Client.PutAsync(new Uri($"/v1/repos/acme/{repository.Name}/locks/main", UriKind.Relative), content: null);
            Assert.Empty(await repository.QueryAsync<string>("select name from branches where repository_id = @Repository"));
        }

        Assert.True((await ReadAsync(await locking)).Locked);
    }

    private static async Task<BranchLockResponse> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.BranchLockResponse))!;
    }
}
