using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class BranchLockPushTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_locked_branch_takes_no_push_not_even_the_lockers_and_no_deletion_until_it_is_unlocked()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync(git.Owner);
        await work.RunAsync("push", "origin", "main", "main:other");
        var before = await work.HeadAsync();
        await LockAsync(repository, "main");

        await work.CommitAsync("b.txt", "b");
        foreach (var person in new[] { git.Owner, git.Developer })
        {
            var result = await work.TryAsync("push", repository.UrlFor(person), "main");
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains($"[remote rejected] main -> main (the branch is locked by {git.Owner.Username}; a maintainer can unlock it)", result.Error, StringComparison.Ordinal);
        }

        Assert.Contains("locked by", (await work.TryAsync("push", "--force", "origin", "main")).Error, StringComparison.Ordinal);
        Assert.Contains("locked by", (await work.TryAsync("push", "origin", ":main")).Error, StringComparison.Ordinal);
        Assert.Equal(before, await repository.RefAsync("refs/heads/main"));
        Assert.Single(await repository.PushStatesAsync());
        await work.RunAsync("push", "origin", "main:other");

        Assert.True((await git.Owner.Client.DeleteAsync(new Uri($"/v1/repos/acme/{repository.Name}/locks/main", UriKind.Relative))).IsSuccessStatusCode);
        await work.RunAsync("push", "origin", "main");
        Assert.Equal(await work.HeadAsync(), await repository.RefAsync("refs/heads/main"));
    }

    [Fact]
    public async Task A_jobs_token_reads_its_repository_and_pushes_only_with_the_permission_and_not_to_a_locked_branch()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main");
        var seeds = new Seeds(git.Server.ConnectionString);
        var execution = await seeds.RunningExecutionAsync(repository.Id.Value, git.Developer.Id.Value, TimeProvider.System.GetUtcNow().AddMinutes(10));
        var reading = repository.UrlFor("x-access-token", await TokenAsync(repository, execution, "read"));
        var writing = repository.UrlFor("x-access-token", await TokenAsync(repository, execution, "write"));

        await work.RunAsync("ls-remote", reading);
        Assert.Contains("403", (await work.TryAsync("push", reading, "main:from-job")).Error, StringComparison.Ordinal);
        await work.RunAsync("push", writing, "main:from-job");
        Assert.Equal(
            [execution.ExecutionId],
            await repository.QueryAsync<long>("select job_execution_id from pushes where repository_id = @Repository and job_execution_id is not null"));

        await LockAsync(repository, "main");
        await work.CommitAsync("b.txt", "b");
        Assert.Contains("locked by", (await work.TryAsync("push", writing, "main")).Error, StringComparison.Ordinal);

        var other = await git.CreateAsync();
        var elsewhere = other.UrlFor("x-access-token", await TokenAsync(repository, execution, "write"));
        Assert.Contains("not found", (await work.TryAsync("ls-remote", elsewhere)).Error, StringComparison.Ordinal);
    }

    private async Task LockAsync(HostedRepository repository, string branch)
    {
        var response = await git.Owner.Client.PutAsync(new Uri($"/v1/repos/acme/{repository.Name}/locks/{branch}", UriKind.Relative), content: null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<string> TokenAsync(HostedRepository repository, SeededExecution execution, string contents) =>
        git.Server.Get<JobTokens>().IssueAsync(
            new JobTokenContent(
                new ExecutionId(execution.ExecutionId), 1, new RunId(execution.RunId), new JobId(execution.JobId), "build", $"acme/{repository.Name}", "refs/heads/main",
                new Dictionary<string, string> { ["contents"] = contents }),
            CancellationToken.None);
}
