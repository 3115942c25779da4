using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Tests.Logs;
using Xunit;

namespace Capstan.Server.Tests.Blobs;

public sealed class BlobSweeperTests
{
    [Fact]
    public async Task What_is_in_use_stays_and_what_was_released_goes_after_its_grace()
    {
        await using var server = await LogServer.StartAsync();
        var (used, released) = (await CommittedAsync(server), await CommittedAsync(server));
        await server.Database.InTransactionAsync(connection => server.Blobs.ReleaseAsync(connection, [released]));
        server.Clock.Advance(BlobSweeper.DeletedGrace);
        await server.Sweeper.RunOnceAsync(default);
        Assert.NotNull(await server.Store.FindAsync(released, default));
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => server.NewSweeper(server.Store).RunOnceAsync(default)));
        Assert.Null(await server.Store.FindAsync(released, default));
        Assert.NotNull(await server.Store.FindAsync(used, default));
        Assert.Equal(1, await server.CountAsync("blobs"));
    }

    [Fact]
    public async Task What_was_staged_too_long_ago_is_not_committed_any_more()
    {
        await using var server = await LogServer.StartAsync();
        var blob = await server.Blobs.BeginAsync(CancellationToken.None);
        await server.Store.StageAsync(blob, "a", new MemoryStream([1]), default);
        server.Clock.Advance(BlobSweeper.StagingLimit + TimeSpan.FromSeconds(1));
        await server.Sweeper.RunOnceAsync(default);
        Assert.False(await server.Database.InTransactionAsync(connection => server.Blobs.CommitAsync(connection, blob, new StoredBlob(1, new byte[32]))));
        Assert.Equal(0, await server.CountAsync("blobs"));
        Assert.IsType<CommitBlobResult.BlockMissing>(await server.Store.CommitAsync(blob, ["a"], default));
    }

    [Fact]
    public async Task One_that_cannot_be_removed_keeps_its_row_and_holds_up_no_other()
    {
        await using var server = await LogServer.StartAsync();
        var (bad, good) = (await CommittedAsync(server), await CommittedAsync(server));
        await server.Database.InTransactionAsync(connection => server.Blobs.ReleaseAsync(connection, [bad, good]));
        server.Clock.Advance(BlobSweeper.DeletedGrace + TimeSpan.FromSeconds(1));
        await server.NewSweeper(new ObservedStore(server.Store) { Deleting = id => id == bad ? throw new IOException("The disk is away.") : Task.CompletedTask }).RunOnceAsync(default);
        Assert.Null(await server.Store.FindAsync(good, default));
        Assert.Equal(1, await server.CountAsync("blobs"));
        await server.Sweeper.RunOnceAsync(default);
        Assert.Equal(0, await server.CountAsync("blobs"));
    }

    [Fact]
    public async Task No_transaction_is_open_while_files_are_removed_or_an_archive_is_written()
    {
        await using var server = await LogServer.StartAsync();
        var (removals, writes) = (0, 0);
        var store = new ObservedStore(server.Store)
        {
            Deleting = async _ =>
            {
                removals++;
                await AssertNoTransactionAsync(server.Database);
            },
            Putting = async () =>
            {
                writes++;
                await AssertNoTransactionAsync(server.Database);
            },
        };
        var released = await CommittedAsync(server);
        await server.Database.InTransactionAsync(connection => server.Blobs.ReleaseAsync(connection, [released]));
        await server.Blobs.BeginAsync(CancellationToken.None);
        server.Clock.Advance(BlobSweeper.StagingLimit + TimeSpan.FromSeconds(1));
        await server.NewSweeper(store).RunOnceAsync(default);
        await server.AppendAsync(1, 0, "one\n");
        await server.EndExecutionAsync();
        await server.NewArchiver(store).RunOnceAsync(default);
        Assert.Equal((2, 1), (removals, writes));
        Assert.Equal(1, await server.CountAsync("actions_log_archives"));
    }

    private static async Task AssertNoTransactionAsync(Database database) => Assert.Equal(0, await database.ReadSingleOrDefaultAsync<long>(
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"));

    private static async Task<BlobId> CommittedAsync(LogServer server)
    {
        var blob = await server.Blobs.BeginAsync(CancellationToken.None);
        var stored = await server.Store.PutAsync(blob, (target, token) => target.WriteAsync("x"u8.ToArray(), token).AsTask(), default);
        Assert.True(await server.Database.InTransactionAsync(connection => server.Blobs.CommitAsync(connection, blob, stored)));
        return blob;
    }
}
