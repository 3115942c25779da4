using System.Text;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Logs;
using Dapper;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogStreamsTests
{
    [Fact]
    public async Task Chunks_that_follow_each_other_make_a_stream()
    {
        await using var server = await LogServer.StartAsync();
        Assert.Equal(new AppendResult.Stored(4), await server.AppendAsync(1, 0, "one\n"));
        Assert.Equal(new AppendResult.Stored(9), await server.AppendAsync(1, 4, "two\nt"));
        Assert.Equal(new AppendResult.Stored(14), await server.AppendAsync(1, 9, "hree\n"));
        Assert.Equal("one\ntwo\nthree\n", await server.ReadAllAsync(1));
        Assert.Equal([new LogStreamState(1, 14, 3, LimitReached: false)], await server.Reader.StreamsAsync(server.Rows.Execution, default));
    }

    [Fact]
    public async Task A_chunk_that_is_stored_already_is_acknowledged_and_not_stored_again()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await server.AppendAsync(1, 4, "two\n");
        Assert.Equal(new AppendResult.Stored(8), await server.AppendAsync(1, 0, "one\n"));
        Assert.Equal(new AppendResult.Stored(8), await server.AppendAsync(1, 4, "two\n"));
        Assert.Equal("one\ntwo\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task Of_a_chunk_that_is_partly_stored_only_the_rest_is()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\ntw");
        Assert.Equal(new AppendResult.Stored(14), await server.AppendAsync(1, 0, "one\ntwo\nthree\n"));
        Assert.Equal("one\ntwo\nthree\n", await server.ReadAllAsync(1));
        Assert.Equal(3, (await server.Reader.StreamsAsync(server.Rows.Execution, default)).Single().Lines);
    }

    [Fact]
    public async Task A_chunk_after_a_gap_is_refused_with_the_offset_that_fits()
    {
        await using var server = await LogServer.StartAsync();
        Assert.Equal(new AppendResult.Gap(0), await server.AppendAsync(1, 4, "two\n"));
        await server.AppendAsync(1, 0, "one\n");
        Assert.Equal(new AppendResult.Gap(4), await server.AppendAsync(1, 5, "two\n"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task An_empty_chunk_asks_where_the_stream_ends()
    {
        await using var server = await LogServer.StartAsync();
        Assert.Equal(new AppendResult.Stored(0), await server.AppendAsync(1, 0, ""));
        await server.AppendAsync(1, 0, "one\n");
        Assert.Equal(new AppendResult.Stored(4), await server.AppendAsync(1, 4, ""));
        Assert.Equal(1, await server.CountAsync("actions_log_chunks"));
    }

    [Fact]
    public async Task A_stale_token_another_runner_or_an_ended_execution_changes_nothing()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        Assert.IsType<AppendResult.Lost>(await server.AppendAsync(1, 4, "late\n", token: 6));
        Assert.IsType<AppendResult.Lost>(await server.AppendAsync(1, 4, "late\n", runner: new RunnerId(999)));
        await server.EndExecutionAsync();
        Assert.IsType<AppendResult.Lost>(await server.AppendAsync(1, 4, "late\n"));
        Assert.IsType<AppendResult.Lost>(await server.AppendAsync(1, 0, "one\n"));
        Assert.Equal("one\n", await server.ReadAllAsync(1));
    }

    [Fact]
    public async Task Of_the_same_chunks_sent_at_the_same_moment_each_is_stored_once()
    {
        await using var server = await LogServer.StartAsync();
        var log = string.Concat(Enumerable.Range(0, 40).Select(number => $"line {number}\n"));
        for (var offset = 0; offset < log.Length; offset += 50)
        {
            var chunk = log[offset..Math.Min(log.Length, offset + 50)];
            var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => server.AppendAsync(2, offset, chunk))));
            Assert.All(results, result => Assert.Equal(new AppendResult.Stored(offset + chunk.Length), result));
        }

        Assert.Equal(log, await server.ReadAllAsync(2));
        Assert.Equal(40, (await server.Reader.StreamsAsync(server.Rows.Execution, default)).Single().Lines);
    }

    [Theory]
    [InlineData(LogStreams.MaxBytesInRow, 0)]
    [InlineData(LogStreams.MaxBytesInRow + 1, 1)]
    [InlineData(Protocol.MaxLogChunkBytes, 1)]
    public async Task A_chunk_up_to_the_limit_lies_in_its_row_and_a_larger_one_in_the_blob_store(int size, int blobs)
    {
        await using var server = await LogServer.StartAsync();
        var chunk = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, size).Select(i => i % 100 == 99 ? '\n' : (char)('a' + (i % 26)))));
        Assert.Equal(new AppendResult.Stored(size), await server.AppendAsync(1, 0, chunk));
        Assert.Equal(blobs, await server.CountAsync("blobs", "state = 'committed'"));
        Assert.Equal(Encoding.ASCII.GetString(chunk), await server.ReadAllAsync(1));
        Assert.Equal(Encoding.ASCII.GetString(chunk)[1000..], await server.ReadAllAsync(1, 1000));
    }

    [Fact]
    public async Task A_large_chunk_that_is_stored_already_is_not_written_again()
    {
        await using var server = await LogServer.StartAsync();
        var chunk = new byte[LogStreams.MaxBytesInRow + 1];
        await server.AppendAsync(1, 0, chunk);
        Assert.Equal(new AppendResult.Stored(chunk.Length), await server.AppendAsync(1, 0, chunk));
        Assert.Equal(1, await server.CountAsync("blobs"));
    }

    [Fact]
    public async Task Full_logs_end_with_a_line_that_says_so()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\n");
        await FillAsync(server, Protocol.MaxLogBytesPerExecution - 4);
        var full = Assert.IsType<AppendResult.LimitReached>(await server.AppendAsync(1, 4, "two\n"));
        Assert.Equal(full, await server.AppendAsync(1, 4, new string('x', 1000)));
        Assert.IsType<AppendResult.LimitReached>(await server.AppendAsync(3, 0, "a new stream"));
        var log = await server.ReadAllAsync(1);
        Assert.StartsWith("one\n\n2026-01-05T12:00:00.0000000Z ##[warning]The log ends here", log, StringComparison.Ordinal);
        Assert.Equal(full.NextOffset, log.Length);
    }

    [Fact]
    public async Task The_last_byte_that_fits_is_taken()
    {
        await using var server = await LogServer.StartAsync();
        await FillAsync(server, Protocol.MaxLogBytesPerExecution - 4);
        Assert.Equal(new AppendResult.Stored(4), await server.AppendAsync(1, 0, "one\n"));
        Assert.IsType<AppendResult.LimitReached>(await server.AppendAsync(1, 4, "x"));
    }

    // A gigabyte that was logged, without writing it: only the guard is asked.
    private static async Task FillAsync(LogServer server, long bytes)
    {
        await using var connection = await server.Database.OpenAsync();
        await connection.ExecuteAsync(
            "insert into actions_log_streams (job_execution_id, stream, next_offset, lines) values (@Id, 9, @Bytes, 0)",
            new { Id = server.Rows.Execution.Value, Bytes = bytes });
    }
}
