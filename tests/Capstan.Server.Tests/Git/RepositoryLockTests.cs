using Capstan.Server.Data;
using Capstan.Server.Git;
using Capstan.Server.Tests.Data;
using Capstan.Testing;
using Dapper;
using Npgsql;
using Xunit;

namespace Capstan.Server.Tests.Git;

public sealed class RepositoryLockTests
{
    private static readonly RepositoryId Repository = new(7);

    [Fact]
    public async Task One_server_has_it_at_a_time()
    {
        await using var first = await ServerDatabase.CreateAsync();
        await using var second = new Database(first.ConnectionString);
        using var ours = new RepositoryLock(first.Database, TimeProvider.System);
        using var theirs = new RepositoryLock(second, TimeProvider.System);

        await using (await ours.TryTakeAsync(Repository, TimeSpan.Zero, default))
        {
            Assert.Null(await theirs.TryTakeAsync(Repository, TimeSpan.Zero, default));
        }

        await using var taken = await theirs.TryTakeAsync(Repository, TimeSpan.Zero, default);
        Assert.NotNull(taken);
    }

    [Fact]
    public async Task A_session_that_cannot_give_the_lock_back_does_not_go_back_to_the_pool_with_it()
    {
        await using var first = await ServerDatabase.CreateAsync();
        await using var second = new Database(first.ConnectionString);
        using var ours = new RepositoryLock(first.Database, TimeProvider.System);
        using var theirs = new RepositoryLock(second, TimeProvider.System);

        await using (var holder = await ours.TryTakeAsync(Repository, TimeSpan.Zero, default))
        {
            // As after a failed statement: until its transaction ends, the session refuses every other one.
            await Assert.ThrowsAsync<PostgresException>(() => holder!.Connection.ExecuteAsync("begin; select 1 / 0"));
        }

        // The session ends a moment after its connection.
        await Eventually.TrueAsync(async () =>
        {
            await using var taken = await theirs.TryTakeAsync(Repository, TimeSpan.Zero, default);
            return taken is not null;
        });
    }
}
