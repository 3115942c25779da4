using System.Text;
using Capstan.Server.Blobs;
using Capstan.Server.Logs;
using Xunit;

namespace Capstan.Server.Tests.Logs;

public sealed class LogReaderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_range_of_lines_is_read_alike_live_and_archived(bool archived)
    {
        await using var server = await LogServer.StartAsync();
        var lines = Enumerable.Range(0, 30_000).Select(number => $"2026-01-05T12:00:00Z line {number} {new string('x', number % 50)}").ToArray();
        await AppendInPiecesAsync(server, 3, string.Concat(lines.Select(line => line + "\n")));
        await server.AppendAsync(1, 0, "another stream\n");
        if (archived)
            await ArchiveAsync(server);
        foreach (var (from, count) in new[] { (0, 1), (0, 5), (1, 1), (999, 3), (12_345, 1000), (29_999, 10), (29_000, 1000), (30_000, 5), (50_000, 5) })
            Assert.Equal(string.Join('|', lines.Skip(from).Take(count)), await server.LinesAsync(3, from, count));
        Assert.Equal("another stream", await server.LinesAsync(1, 0, 10));
        Assert.Equal("", await server.LinesAsync(2, 0, 10));
    }

    [Fact]
    public async Task A_line_that_is_still_being_written_is_not_shown_until_its_end_or_the_executions()
    {
        await using var server = await LogServer.StartAsync();
        await server.AppendAsync(1, 0, "one\ntw");
        Assert.Equal("one", await server.LinesAsync(1, 0, 10, hasEnded: false));
        Assert.Equal("one|tw", await server.LinesAsync(1, 0, 10, hasEnded: true));
        await server.AppendAsync(1, 6, "o\n");
        Assert.Equal("two", await server.LinesAsync(1, 1, 10, hasEnded: false));
    }

    [Fact]
    public async Task One_read_gives_no_more_than_its_limits()
    {
        await using var server = await LogServer.StartAsync();
        await AppendInPiecesAsync(server, 1, string.Concat(Enumerable.Repeat("x\n", LogReader.MaxLines + 1)));
        Assert.Equal(LogReader.MaxLines, (await server.Reader.ReadLinesAsync(server.Rows.Execution, 1, 0, int.MaxValue, hasEnded: true, default)).Lines.Count);
        await AppendInPiecesAsync(server, 2, string.Concat(Enumerable.Repeat(new string('y', 50_000) + "\n", 100)));
        var read = await server.Reader.ReadLinesAsync(server.Rows.Execution, 2, 0, int.MaxValue, hasEnded: true, default);
        Assert.Equal((LogReader.MaxBytes / 50_001) + 1, read.Lines.Count);
    }

    [Fact]
    public async Task A_reader_that_was_overtaken_by_the_archiver_goes_on_in_the_archive()
    {
        await using var server = await LogServer.StartAsync();
        var log = new string('a', 200_000) + "\n" + new string('b', 200_000) + "\n";
        await AppendInPiecesAsync(server, 1, log, LogStreams.MaxBytesInRow * 2);
        var read = new StringBuilder();
        var archived = false;
        await foreach (var bytes in server.Reader.ReadAsync(server.Rows.Execution, 1, 0, default))
        {
            read.Append(Encoding.ASCII.GetString(bytes.Span));
            if (archived)
                continue;
            archived = true;
            await ArchiveAsync(server);
            server.Clock.Advance(BlobSweeper.DeletedGrace + TimeSpan.FromSeconds(1));
            await server.Sweeper.RunOnceAsync(default);
        }

        Assert.Equal(log, read.ToString());
    }

    [Fact]
    public async Task The_plain_text_of_a_stream_can_be_read_from_any_byte()
    {
        await using var server = await LogServer.StartAsync();
        var log = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number}\n"));
        await AppendInPiecesAsync(server, 1, log);
        Assert.Equal(log[54_321..], await server.ReadAllAsync(1, 54_321));
        await ArchiveAsync(server);
        Assert.Equal(log[54_321..], await server.ReadAllAsync(1, 54_321));
        Assert.Equal("", await server.ReadAllAsync(1, log.Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_of_a_million_lines_opens_anywhere_with_one_short_read(bool archived)
    {
        await using var server = await LogServer.StartAsync();
        var log = new StringBuilder();
        for (var number = 0; number < 1_000_000; number++)
            log.Append("2026-01-05T12:00:00.0000000Z ").Append(number).Append('\n');
        await AppendInPiecesAsync(server, 1, log.ToString(), 4 * 1024 * 1024);
        if (archived)
            await ArchiveAsync(server);
        foreach (var line in new[] { 0, 1, 499_999, 999_900 })
        {
            var before = GC.GetTotalAllocatedBytes();
            var read = await server.Reader.ReadLinesAsync(server.Rows.Execution, 1, line, 100, hasEnded: true, default);
            Assert.EndsWith($" {line}", read.Lines[0], StringComparison.Ordinal);
            Assert.Equal(100, read.Lines.Count);

            // Not a time, which a busy machine makes a lie: whoever reads the log from its beginning allocates or copies tens of megabytes.
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 4_000_000);
        }
    }

    internal static async Task AppendInPiecesAsync(LogServer server, int stream, string log, int pieceLength = 60_000)
    {
        var offset = 0L;
        foreach (var piece in Encoding.UTF8.GetBytes(log).Chunk(pieceLength))
            offset = Assert.IsType<AppendResult.Stored>(await server.AppendAsync(stream, offset, piece)).NextOffset;
    }

    private static async Task ArchiveAsync(LogServer server)
    {
        await server.EndExecutionAsync();
        await server.Archiver.RunOnceAsync(default);
        Assert.Equal(1, await server.CountAsync("actions_log_archives"));
        Assert.Equal(0, await server.CountAsync("actions_log_chunks"));
    }
}
