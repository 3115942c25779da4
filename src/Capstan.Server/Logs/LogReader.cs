using System.Runtime.CompilerServices;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Logs;

/// <summary>A stream as it stands now.</summary>
/// <param name="Lines">Line ends in it: lines that are complete.</param>
public sealed record LogStreamState(int Stream, long Length, long Lines, bool LimitReached);

/// <param name="FromLine">The first line's number, from 0.</param>
/// <param name="Lines">As the runner wrote them (<c>time text</c>), without line ends; a line longer than 64 KiB is cut.</param>
public sealed record LogLines(long FromLine, IReadOnlyList<string> Lines);

/// <summary>Reads logs, live or archived: the same answers before, while and after the archiver moves them. Thread-safe.</summary>
public sealed class LogReader(Database database, BlobIndex blobs)
{
    /// <summary>The most lines one read gives.</summary>
    public const int MaxLines = 10_000;

    /// <summary>One read ends after the line that reaches this many bytes.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int BatchBytes = 1024 * 1024;
    private const int BatchRows = 2_000;
    private const int BufferBytes = 128 * 1024;

    /// <summary>How often a read starts over because the archiver took away what it was about to read; once is the most that can happen, twice is a bug.</summary>
    private const int MaxMoves = 3;

    private const string SelectStreams = """
        select stream, next_offset as length, lines, limit_reached_at is not null as limit_reached
          from actions_log_streams where job_execution_id = @Id order by stream
        """;

    // The chunk that holds the byte, and those after it. The running sum keeps a batch small without reading the bytes that it leaves out.
    private const string SelectChunks = """
        select start_offset, length, bytes, blob_id
          from (select c.*, sum(c.length) over (order by c.start_offset) - c.length as before
                  from (select * from actions_log_chunks
                         where job_execution_id = @Id and stream = @Stream
                           and start_offset >= coalesce(
                               (select max(start_offset) from actions_log_chunks where job_execution_id = @Id and stream = @Stream and start_offset <= @Offset), 0)
                         order by start_offset limit @BatchRows) c) w
         where before < @BatchBytes
         order by start_offset
        """;

    // A line begins after the line end before it: the chunk wanted is the last one that begins in an earlier line.
    private const string FindChunkOfLine = """
        select start_offset, first_line from actions_log_chunks
         where job_execution_id = @Id and stream = @Stream and first_line < @Line
         order by first_line desc, start_offset desc limit 1
        """;

    /// <summary>The streams that have bytes, by number. Empty for an execution that has logged nothing.</summary>
    public async Task<IReadOnlyList<LogStreamState>> StreamsAsync(ExecutionId execution, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var live = (await connection.QueryAsync<LogStreamState>(new CommandDefinition(SelectStreams, new { Id = execution.Value }, cancellationToken: cancellationToken))).AsList();
        if (live.Count > 0 || await FindArchiveAsync(connection, execution, cancellationToken) is not { } archive)
            return live;
        return [.. archive.Index.Streams.Select(stream => new LogStreamState(stream.Stream, stream.Length, stream.Lines, stream.LimitReached))];
    }

    /// <summary>Lines from <paramref name="fromLine"/> (from 0) on: at most <paramref name="count"/>, and only complete ones unless <paramref name="hasEnded"/>.</summary>
    public async Task<LogLines> ReadLinesAsync(ExecutionId execution, int stream, long fromLine, int count, bool hasEnded, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromLine);
        var (line, offset) = await FindLineAsync(execution, stream, fromLine, cancellationToken);
        var cutter = new LineCutter(fromLine - line, Math.Min(count, MaxLines), MaxBytes);
        await foreach (var bytes in ReadAsync(execution, stream, offset, cancellationToken))
        {
            if (!cutter.Feed(bytes.Span))
                break;
        }

        if (hasEnded)
            cutter.End();
        return new LogLines(fromLine, cutter.Lines);
    }

    /// <summary>All bytes of a stream from <paramref name="offset"/> to where it ends now. A piece is valid until the next one is asked for.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ExecutionId execution, int stream, long offset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var moves = 0;
        while (await ReadBatchAsync(execution, stream, offset, cancellationToken) is { Count: > 0 } batch)
        {
            var before = offset;
            foreach (var piece in batch)
            {
                await foreach (var bytes in ReadPieceAsync(piece.From(offset), buffer, cancellationToken))
                {
                    offset += bytes.Length;
                    yield return bytes;
                }

                if (offset < piece.End)
                    break;
            }

            if (offset == before && ++moves > MaxMoves)
                throw new InvalidOperationException($"The log of execution {execution.Value}, stream {stream} ends at byte {offset}, before its own index says.");
        }
    }

    private async Task<(long Line, long Offset)> FindLineAsync(ExecutionId execution, int stream, long line, CancellationToken cancellationToken)
    {
        if (line == 0)
            return (0, 0);
        await using var connection = await database.OpenAsync(cancellationToken);
        var chunk = await connection.QuerySingleOrDefaultAsync<ChunkOfLine>(new CommandDefinition(
            FindChunkOfLine, new { Id = execution.Value, Stream = stream, Line = line }, cancellationToken: cancellationToken));
        if (chunk is not null)
            return (chunk.FirstLine, chunk.StartOffset);
        var archive = await FindArchiveAsync(connection, execution, cancellationToken);
        return archive?.Index.Find(stream)?.MarkBefore(line) ?? (0, 0);
    }

    /// <summary>What lies at <paramref name="offset"/> and after it, in order; empty at the end. Chunks come in batches; an archive is one piece.</summary>
    private async Task<IReadOnlyList<Piece>> ReadBatchAsync(ExecutionId execution, int stream, long offset, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var chunks = await connection.QueryAsync<ChunkRow>(new CommandDefinition(
            SelectChunks,
            new { Id = execution.Value, Stream = stream, Offset = offset, BatchRows, BatchBytes },
            cancellationToken: cancellationToken));
        var pieces = new List<Piece>();
        foreach (var chunk in chunks)
        {
            var piece = new Piece(chunk.StartOffset, chunk.Length, chunk.Bytes, chunk.BlobId is { } id ? new BlobId(id) : null, BlobOffset: 0);
            if (piece.End > offset)
                pieces.Add(piece);
        }

        if (pieces.Count == 0 && await FindArchiveAsync(connection, execution, cancellationToken) is { } archive
            && archive.Index.Find(stream) is { } archived && archived.Length > offset)
        {
            pieces.Add(new Piece(0, archived.Length, archive.Bytes, archive.Blob, archived.Offset));
        }

        return pieces;
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPieceAsync(Piece piece, byte[] buffer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (piece.Bytes is { } inRow)
        {
            yield return inRow.AsMemory((int)piece.BlobOffset, (int)piece.Length);
            yield break;
        }

        // None: the archiver was faster, and the blob was swept. The caller looks again and finds the archive.
        await using var source = await blobs.Store.OpenAsync(piece.Blob!.Value, piece.BlobOffset, piece.Length, cancellationToken);
        if (source is null)
            yield break;
        while (await source.ReadAsync(buffer, cancellationToken) is var read and > 0)
            yield return buffer.AsMemory(0, read);
    }

    private static async Task<Archive?> FindArchiveAsync(NpgsqlConnection connection, ExecutionId execution, CancellationToken cancellationToken)
    {
        var row = await connection.QuerySingleOrDefaultAsync<ArchiveRow>(new CommandDefinition(
            "select blob_id, bytes, index::text as index from actions_log_archives where job_execution_id = @Id and expired_at is null",
            new { Id = execution.Value },
            cancellationToken: cancellationToken));
        return row is null ? null : new Archive(row.BlobId is { } blob ? new BlobId(blob) : null, row.Bytes, ArchiveIndex.Parse(row.Index));
    }

    /// <summary>Bytes of a stream in one place.</summary>
    /// <param name="Start">Its first byte's offset in the stream.</param>
    /// <param name="BlobOffset">Where it begins in <paramref name="Blob"/>, or in <paramref name="Bytes"/>.</param>
    private sealed record Piece(long Start, long Length, byte[]? Bytes, BlobId? Blob, long BlobOffset)
    {
        public long End => Start + Length;

        public Piece From(long offset) =>
            offset <= Start ? this : this with { Start = offset, Length = End - offset, BlobOffset = BlobOffset + offset - Start };
    }

    /// <summary>All streams of an ended execution, in an object or in the row itself.</summary>
    private sealed record Archive(BlobId? Blob, byte[]? Bytes, ArchiveIndex Index);

    private sealed record ArchiveRow(Guid? BlobId, byte[]? Bytes, string Index);

    private sealed record ChunkRow(long StartOffset, int Length, byte[]? Bytes, Guid? BlobId);

    private sealed record ChunkOfLine(long StartOffset, long FirstLine);
}
