using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Npgsql;

namespace Capstan.Server.Logs;

/// <summary>
/// The last bytes of an execution's log, which come with the report of its end and are stored in the same transaction. The transaction holds the execution's row, which
/// every append shares: nothing moves a stream meanwhile. When they are the whole log, as they are of every short job, they are its archive, too.
/// </summary>
internal sealed class LogTails
{
    /// <summary>The streams as they are, to be read after the execution's row was locked.</summary>
    public const string StreamsSql = "select stream, next_offset, lines, limit_reached_at is not null from actions_log_streams where job_execution_id = $1";

    private const string StoreSql = """
        with tails as (
            select * from unnest($2::int[], $3::bigint[], $4::bigint[], $5::bytea[], $6::int[]) t (stream, start_offset, first_line, bytes, lines)
        ), chunks as (
            insert into actions_log_chunks (job_execution_id, stream, start_offset, length, first_line, lines, bytes, received_at)
            select $1, stream, start_offset, length(bytes), first_line, lines, bytes, $7 from tails
        )
        insert into actions_log_streams (job_execution_id, stream, next_offset, lines)
        select $1, stream, start_offset + length(bytes), first_line + lines from tails
        on conflict (job_execution_id, stream) do update set next_offset = excluded.next_offset, lines = excluded.lines
        """;

    private const string ArchiveSql = "insert into actions_log_archives (job_execution_id, bytes, index, created_at) values ($1, $2, $3::jsonb, $4)";

    private readonly Dictionary<int, StoredStream> stored = [];
    private readonly List<(int Stream, StoredStream At, ReadOnlyMemory<byte> Bytes)> tails = [];
    private bool areWhole;

    /// <param name="streams">Placed on <see cref="StreamsSql"/>'s rows.</param>
    public static async Task<LogTails> ReadAsync(NpgsqlDataReader streams, CancellationToken cancellationToken)
    {
        var tails = new LogTails();
        while (await streams.ReadAsync(cancellationToken))
        {
            tails.stored[streams.GetInt32(0)] = new StoredStream(streams.GetInt64(1), streams.GetInt64(2), streams.GetBoolean(3));
        }

        tails.areWhole = tails.stored.Count == 0;
        return tails;
    }

    /// <summary>Takes what is not stored yet of the tails, and looks whether then all is there.</summary>
    /// <returns>The first stream that is not complete, and where it ends; null: all are.</returns>
    public (int Stream, long NextOffset)? Take(IReadOnlyList<LogTail> given, IReadOnlyDictionary<int, long> lengths)
    {
        // A log that reaches its limit, or a tail larger than it may be, comes in the ordinary way.
        var isOrdinary = stored.Values.Sum(s => s.NextOffset) + given.Sum(t => (long)t.Bytes.Length) > Protocol.MaxLogBytesPerExecution
            || given.Sum(t => (long)t.Bytes.Length) > Protocol.MaxLogTailBytes
            || given.Select(t => t.Stream).Distinct().Count() < given.Count;
        foreach (var tail in isOrdinary ? [] : given)
        {
            var at = stored.GetValueOrDefault(tail.Stream);
            var known = at.NextOffset - tail.Offset;
            if (tail.Stream is >= 0 and <= LogStreams.MaxStream && !at.LimitReached && known >= 0 && known < tail.Bytes.Length)
            {
                tails.Add((tail.Stream, at, tail.Bytes.AsMemory((int)known)));
                stored[tail.Stream] = at with { NextOffset = tail.Offset + tail.Bytes.Length };
            }
        }

        foreach (var (stream, length) in lengths)
        {
            // What follows in a stream that was closed because the logs were full is wanted by nobody.
            if (stored.GetValueOrDefault(stream) is { LimitReached: false } at && at.NextOffset < length)
            {
                return (stream, at.NextOffset);
            }
        }

        return null;
    }

    /// <summary>Adds the statement that stores what was taken.</summary>
    public void AddTo(NpgsqlBatch batch, ExecutionId execution, DateTimeOffset now)
    {
        if (tails.Count > 0)
        {
            batch.BatchCommands.Add(areWhole ? Archive(execution, now) : Store(execution, now));
        }
    }

    private NpgsqlBatchCommand Store(ExecutionId execution, DateTimeOffset now) =>
        new(StoreSql)
        {
            Parameters =
            {
                new() { Value = execution.Value },
                new() { Value = tails.Select(t => t.Stream).ToArray() },
                new() { Value = tails.Select(t => t.At.NextOffset).ToArray() },
                new() { Value = tails.Select(t => t.At.Lines).ToArray() },
                new() { Value = tails.Select(t => t.Bytes.ToArray()).ToArray() },
                new() { Value = tails.Select(t => t.Bytes.Span.Count((byte)'\n')).ToArray() },
                new() { Value = now.UtcDateTime },
            },
        };

    private NpgsqlBatchCommand Archive(ExecutionId execution, DateTimeOffset now)
    {
        var bytes = new byte[tails.Sum(t => t.Bytes.Length)];
        var streams = new List<ArchivedStream>(tails.Count);
        var offset = 0;
        foreach (var (stream, _, part) in tails.OrderBy(t => t.Stream))
        {
            var marker = new LineMarker();
            marker.Append(part.Span);
            streams.Add(marker.Finish(stream, offset, limitReached: false));
            part.CopyTo(bytes.AsMemory(offset));
            offset += part.Length;
        }

        return new NpgsqlBatchCommand(ArchiveSql)
        {
            Parameters = { new() { Value = execution.Value }, new() { Value = bytes }, new() { Value = new ArchiveIndex(streams).ToJson() }, new() { Value = now.UtcDateTime } },
        };
    }

    private readonly record struct StoredStream(long NextOffset, long Lines, bool LimitReached);
}
