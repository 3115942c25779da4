using Capstan.Server.Blobs;
using Capstan.Server.Logs;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogArchiverTests
{
    [Fact]
    public async Task The_logs_of_an_ended_execution_become_one_object_and_their_chunks_go()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(0, 0, "job\n");
        await server.AppendAsync(2, 0, new byte[LogStreams.MaxBytesInRow + 1]);
        var before = await server.Reader.StreamsAsync(server.Rows.Execution, default);
        await server.EndExecutionAsync();
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(0, await server.CountAsync("actions_log_chunks"));
        Assert.Equal(0, await server.CountAsync("actions_log_streams"));
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'committed'"));
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'deleted'"));
        Assert.Equal(before, await server.Reader.StreamsAsync(server.Rows.Execution, default));
        Assert.Equal("job\n", await server.ReadAllAsync(0));
    }

    [Fact]
    public async Task A_running_executions_logs_are_left_alone()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(0, await server.CountAsync("actions_log_archives"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task Two_servers_make_one_archive()
    {
        await using var server = await LogServer.StartAsync();
        await LogReaderTests.AppendInPiecesAsync(server, 1, new string('x', 1_000_000));
        await server.EndExecutionAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => server.NewArchiver(server.Store).RunOnceAsync(default))));
        Assert.Equal(1, await server.CountAsync("actions_log_archives"));
        Assert.Equal(1, await server.CountAsync("blobs"));
    }

    [Fact]
    public async Task An_archiver_that_dies_while_writing_leaves_the_log_readable_and_its_rest_is_swept()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await server.EndExecutionAsync();
        await server.NewArchiver(new DyingStore(server.Store, diesAfterwards: false)).RunOnceAsync(default);
        await server.NewArchiver(new DyingStore(server.Store, diesAfterwards: true)).RunOnceAsync(default);
        Assert.Equal("one\n", await server.ReadAllAsync(1));
        Assert.Equal(2, await server.CountAsync("blobs", "state = 'staging'"));

        await server.Archiver.RunOnceAsync(default);
        Assert.Equal("one\n", await server.ReadAllAsync(1));
        server.Clock.Advance(BlobSweeper.StagingLimit + TimeSpan.FromSeconds(1));
        await server.Sweeper.RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("blobs"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task What_a_killed_server_had_taken_is_another_ones_after_a_while()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await server.EndExecutionAsync();
        await server.Database.InTransactionAsync(connection => Dapper.SqlMapper.ExecuteAsync(
            connection, "update actions_log_streams set archiving_until = @Until", new { Until = server.Clock.GetUtcNow() + LogArchiver.TakenFor }));
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(0, await server.CountAsync("actions_log_archives"));
        server.Clock.Advance(LogArchiver.TakenFor);
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("actions_log_archives"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task Of_two_servers_that_both_write_one_archive_the_second_drops_its_own()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await server.EndExecutionAsync();
        var slow = new Blobs.ObservedStore(server.Store)
        {
            Putting = async () =>
            {
                server.Clock.Advance(LogArchiver.TakenFor);
                await server.Archiver.RunOnceAsync(default);
            },
        };
        await server.NewArchiver(slow).RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("actions_log_archives"));
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'committed'"));
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'deleted'"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task A_log_that_cannot_be_archived_does_not_hold_up_the_others()
    {
        await using var server = await LogServer.StartAsync();
        var other = await ExecutionRows.InsertAsync(server.Database, 2);
        await server.AppendAsync(1, 0, "one\n");
        Assert.IsType<AppendResult.Stored>(await server.Streams.AppendAsync(new AppendTarget(other.Execution, other.Runner, other.FencingToken, 1, 0), "two\n"u8.ToArray(), default));
        await server.EndExecutionAsync();
        await other.EndAsync(server.Database);
        await using (var connection = await server.Database.OpenAsync())
            await Dapper.SqlMapper.ExecuteAsync(connection, "update actions_log_streams set next_offset = 5 where job_execution_id = @Id", new { Id = server.Rows.Execution.Value });
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("actions_log_archives", $"job_execution_id = {other.Execution.Value}"));
        Assert.Equal(0, await server.CountAsync("actions_log_archives", $"job_execution_id = {server.Rows.Execution.Value}"));

        // Each try stages a blob: it is not tried again at once.
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'staging'"));
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("blobs", "state = 'staging'"));
        server.Clock.Advance(LogArchiver.RestAfterFailure);
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(2, await server.CountAsync("blobs", "state = 'staging'"));
    }

    /// <summary>A store whose server dies while an object is written, or right after it was.</summary>
    private sealed class DyingStore(IBlobStore inner, bool diesAfterwards) : IBlobStore
    {
        public string Backend => inner.Backend;

        public string StoragePath(BlobId id) => inner.StoragePath(id);

        public async Task<StoredBlob> PutAsync(BlobId id, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
        {
            if (diesAfterwards)
                await inner.PutAsync(id, write, cancellationToken);
            throw new InvalidOperationException("The server was killed.");
        }

        public Task<bool> StageAsync(BlobId id, string block, Stream content, CancellationToken cancellationToken) => inner.StageAsync(id, block, content, cancellationToken);

        public Task<CommitBlobResult> CommitAsync(BlobId id, IReadOnlyList<string> blocks, CancellationToken cancellationToken) => inner.CommitAsync(id, blocks, cancellationToken);

        public Task<StoredBlob?> FindAsync(BlobId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

        public Task<Stream?> OpenAsync(BlobId id, long offset, long? length, CancellationToken cancellationToken) => inner.OpenAsync(id, offset, length, cancellationToken);

        public Task DeleteAsync(BlobId id, CancellationToken cancellationToken) => inner.DeleteAsync(id, cancellationToken);
    }
}
