using Capstan.Server.Git;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Git;

/// <summary>What a server that was killed between the intent of a push and its record leaves behind, and what becomes of it.</summary>
public sealed class PushReconcilerTests(GitServer git) : IClassFixture<GitServer>
{
    [Fact]
    public async Task A_push_whose_ref_moved_before_its_server_died_is_accepted_once_with_its_pusher()
    {
        var (repository, work, sha) = await WithCommitOnServerAsync();
        using var owned = work;
        await ProposeAsync(repository, git.Developer, "refs/heads/main", ObjectName.Zero, sha);
        await work.RunAsync("-C", repository.FolderOnServer, "update-ref", "refs/heads/main", sha);

        // Twice, and from several at once, as after a start of two servers.
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ReconcileAsync()));
        await ReconcileAsync();

        Assert.Equal(["accepted"], await repository.PushStatesAsync());
        Assert.Equal(["refs/heads/main"], await repository.EventRefsAsync());
        Assert.Equal([git.Developer.Id.Value], await repository.QueryAsync<long>("select actor_id from trigger_events where repository_id = @Repository"));
    }

    [Fact]
    public async Task A_push_whose_ref_had_not_moved_when_its_server_died_is_refused_and_starts_nothing()
    {
        var (repository, work, sha) = await WithCommitOnServerAsync();
        using var owned = work;
        await ProposeAsync(repository, git.Developer, "refs/heads/main", ObjectName.Zero, sha);
        await ReconcileAsync();
        Assert.Equal(["refused"], await repository.PushStatesAsync());
        Assert.Empty(await repository.EventRefsAsync());
    }

    [Fact]
    public async Task A_deletion_that_its_server_did_not_record_is_recorded()
    {
        var repository = await git.CreateAsync();
        using var work = await repository.WorkAsync();
        await work.RunAsync("push", "origin", "main", "main:other");
        await ProposeAsync(repository, git.Owner, "refs/heads/other", await work.HeadAsync(), ObjectName.Zero);
        await work.RunAsync("-C", repository.FolderOnServer, "update-ref", "-d", "refs/heads/other");
        await ReconcileAsync();
        Assert.Equal(["accepted", "accepted"], await repository.PushStatesAsync());
    }

    [Fact]
    public async Task The_next_push_settles_what_was_left_before_it_moves_the_same_ref()
    {
        var (repository, work, sha) = await WithCommitOnServerAsync();
        using var owned = work;
        await ProposeAsync(repository, git.Owner, "refs/heads/main", ObjectName.Zero, sha);
        await work.RunAsync("-C", repository.FolderOnServer, "update-ref", "refs/heads/main", sha);

        // Settled after this push, the first one would seem to have moved nothing.
        var next = await work.CommitAsync("b.txt", "b");
        await work.RunAsync("push", "origin", "main");

        Assert.Equal([sha, next], await repository.QueryAsync<string>("select head_sha from trigger_events where repository_id = @Repository order by id"));
        Assert.Equal([git.Owner.Id.Value, git.Developer.Id.Value], await repository.QueryAsync<long>("select actor_id from trigger_events where repository_id = @Repository order by id"));
    }

    [Fact]
    public async Task A_git_that_outlived_its_server_is_waited_for()
    {
        var (repository, work, sha) = await WithCommitOnServerAsync();
        using var owned = work;
        await ProposeAsync(repository, git.Developer, "refs/heads/main", ObjectName.Zero, sha);
        using (git.Server.Get<GitFolder>().HoldMoving(repository.Id))
        {
            await ReconcileAsync();
            Assert.Equal(["proposed"], await repository.PushStatesAsync());
            await work.RunAsync("-C", repository.FolderOnServer, "update-ref", "refs/heads/main", sha);
        }

        await ReconcileAsync();
        Assert.Equal(["accepted"], await repository.PushStatesAsync());
        Assert.Equal(["refs/heads/main"], await repository.EventRefsAsync());
    }

    [Fact]
    public async Task A_push_in_flight_is_left_alone()
    {
        var (repository, work, sha) = await WithCommitOnServerAsync();
        using var owned = work;
        await using (await git.Server.Get<RepositoryLock>().TryTakeAsync(repository.Id, TimeSpan.Zero, CancellationToken.None))
        {
            await ProposeAsync(repository, git.Developer, "refs/heads/main", ObjectName.Zero, sha);
            await ReconcileAsync();
            Assert.Equal(["proposed"], await repository.PushStatesAsync());
        }

        await ReconcileAsync();
        Assert.Equal(["refused"], await repository.PushStatesAsync());
    }

    private Task ReconcileAsync() => git.Server.Get<PushReconciler>().RunOnceAsync(CancellationToken.None);

    private async Task<(HostedRepository Repository, GitClient Work, string Sha)> WithCommitOnServerAsync()
    {
        var repository = await git.CreateAsync();
        var work = await repository.WorkAsync();
        await work.RunAsync("push", "--quiet", repository.FolderOnServer, "main:refs/capstan/objects");
        return (repository, work, await work.HeadAsync());
    }

    private async Task ProposeAsync(HostedRepository repository, Person by, string reference, string old, string @new)
    {
        await git.Server.Database.InTransactionAsync(async connection =>
        {
            var dead = Guid.NewGuid();
            await connection.ExecuteAsync("insert into server_instances (id, started_at, last_seen_at) values (@dead, '2026-01-01Z', '2026-01-01Z')", new { dead });
            var push = await connection.QuerySingleAsync<long>(
                "insert into pushes (repository_id, server_instance_id, user_id, state, created_at) values (@Repository, @dead, @User, 'proposed', '2026-01-01Z') returning id",
                new { Repository = repository.Id, dead, User = by.Id });
            await connection.ExecuteAsync("insert into push_refs (push_id, ref, old_sha, new_sha) values (@push, @reference, @old, @new)", new { push, reference, old, @new });
        });
    }
}
