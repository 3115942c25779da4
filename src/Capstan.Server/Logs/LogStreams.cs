using System.Globalization;
using System.Text;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Logs;

/// <summary>Where a chunk of a log is to go, and who says so.</summary>
/// <param name="Stream">0 the job, n step n.</param>
/// <param name="Offset">The chunk's first byte in the stream.</param>
public sealed record AppendTarget(ExecutionId Execution, RunnerId Runner, long FencingToken, int Stream, long Offset);

public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>All bytes of the chunk are stored, by this call or an earlier one.</summary>
    public sealed record Stored(long NextOffset) : AppendResult;

    /// <summary>Bytes between the stream's end and the chunk are missing; nothing was stored.</summary>
    public sealed record Gap(long NextOffset) : AppendResult;

    /// <summary>The execution's logs are full; nothing more of this stream will be taken.</summary>
    public sealed record LimitReached(long NextOffset) : AppendResult;

    /// <summary>The token is stale, the execution has ended or belongs to another runner; nothing was stored.</summary>
    public sealed record Lost : AppendResult;
}

/// <summary>Stores what runners send of their logs. Safe against repeated, overlapping and concurrent chunks: a byte is stored once, or not at all.</summary>
public sealed class LogStreams(Database database, BlobIndex blobs, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>A chunk up to this size lies in its row; a larger one is cheaper as a file than as hundreds of row parts.</summary>
    public const int MaxBytesInRow = 64 * 1024;

    /// <summary>Streams of one execution: more steps than any job of GitHub's has (1,000), with room for set-up and post steps.</summary>
    public const int MaxStream = 10_000;

    /// <summary>How often a chunk is tried again when another one changed the stream at the same moment; each try stores more or learns more.</summary>
    private const int MaxTries = 10;

    /// <summary>
    /// The guard and the chunk in one statement: one commit a chunk. The stream's row is moved on only from exactly <c>@Offset</c>, so of two equal chunks one
    /// finds it moved. The execution's row is share-locked: whoever ends the execution waits for us, and after that no chunk gets in, which is what the archiver
    /// relies on. The sum over the streams may miss a chunk of another stream that commits at this moment: the limit is kept to within a chunk a stream.
    /// </summary>
    private const string Append = """
        with execution as materialized (
            select id from actions_job_executions
             where id = @Execution and runner_id = @Runner and fencing_token = @FencingToken and status = 'in_progress'
               for share
        ), room as (
            select e.id from execution e
             where (select coalesce(sum(s.next_offset), 0) from actions_log_streams s where s.job_execution_id = e.id) + @Length <= @Limit
        ), begun as (
            insert into actions_log_streams (job_execution_id, stream, next_offset, lines)
            select id, @Stream, @Length, @Lines from room where @Offset = 0
            on conflict do nothing
            returning 0::bigint as first_line
        ), grown as (
            update actions_log_streams s
               set next_offset = s.next_offset + @Length, lines = s.lines + @Lines
              from room
             where @Offset > 0 and s.job_execution_id = room.id and s.stream = @Stream and s.next_offset = @Offset and s.limit_reached_at is null
            returning s.lines - @Lines as first_line
        ), moved as (
            select first_line from begun union all select first_line from grown
        )
        insert into actions_log_chunks (job_execution_id, stream, start_offset, length, first_line, lines, bytes, blob_id, received_at)
        select @Execution, @Stream, @Offset, @Length, first_line, @Lines, @Bytes, @Blob, @Now from moved
        """;

    private const string Look = """
        select e.id is not null as is_ours, coalesce(s.next_offset, 0) as next_offset, s.limit_reached_at is not null as limit_reached,
               (select coalesce(sum(a.next_offset), 0) from actions_log_streams a where a.job_execution_id = e.id)::bigint as total
          from (select 1) one
          left join actions_job_executions e
            on e.id = @Execution and e.runner_id = @Runner and e.fencing_token = @FencingToken and e.status = 'in_progress'
          left join actions_log_streams s on s.job_execution_id = e.id and s.stream = @Stream
        """;

    private const string Close = """
        with execution as materialized (
            select id from actions_job_executions
             where id = @Execution and runner_id = @Runner and fencing_token = @FencingToken and status = 'in_progress'
               for share
        ), closed as (
            insert into actions_log_streams as s (job_execution_id, stream, next_offset, lines, limit_reached_at)
            select id, @Stream, @Length, @Lines, @Now from execution
            on conflict (job_execution_id, stream) do update
               set next_offset = s.next_offset + @Length, lines = s.lines + @Lines, limit_reached_at = @Now
             where s.limit_reached_at is null
            returning s.next_offset - @Length as start_offset, s.lines - @Lines as first_line
        )
        insert into actions_log_chunks (job_execution_id, stream, start_offset, length, first_line, lines, bytes, received_at)
        select @Execution, @Stream, start_offset, @Length, first_line, @Lines, @Bytes, @Now from closed
        """;

    /// <summary>The channel that tells viewers of an execution's log that it has grown or ended.</summary>
    public static string Channel(ExecutionId execution) => $"log:{execution.Value}";

    /// <summary>Stores the part of a chunk that is not stored yet. Returns after the commit.</summary>
    /// <param name="chunk">At most <see cref="Protocol.MaxLogChunkBytes"/>; not kept.</param>
    public async Task<AppendResult> AppendAsync(AppendTarget target, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            // A large chunk is written before its row: better to look first whether it is wanted. A small one is simply tried.
            if (chunk.Length is > 0 and <= MaxBytesInRow && await TryAppendAsync(target, chunk, cancellationToken))
                return Stored(target, chunk.Length);
            var seen = await LookAsync(target, cancellationToken);
            if (!seen.IsOurs)
                return new AppendResult.Lost();
            if (target.Offset > seen.NextOffset && !seen.LimitReached)
                return new AppendResult.Gap(seen.NextOffset);
            if (target.Offset + chunk.Length <= seen.NextOffset)
                return new AppendResult.Stored(seen.NextOffset);
            var known = (int)Math.Max(0, seen.NextOffset - target.Offset);
            if (seen.LimitReached || seen.Total + chunk.Length - known > Protocol.MaxLogBytesPerExecution)
                return await CloseAsync(target, cancellationToken);
            chunk = chunk[known..];
            target = target with { Offset = target.Offset + known };
            if (await TryAppendAsync(target, chunk, cancellationToken))
                return Stored(target, chunk.Length);
        }

        throw new InvalidOperationException($"A chunk of execution {target.Execution.Value}, stream {target.Stream} met another one {MaxTries} times in a row.");
    }

    private AppendResult.Stored Stored(AppendTarget target, int length)
    {
        wakeUps.Signal(Channel(target.Execution));
        return new AppendResult.Stored(target.Offset + length);
    }

    private Task<bool> TryAppendAsync(AppendTarget target, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken) =>
        chunk.Length <= MaxBytesInRow ? AppendRowAsync(target, chunk, cancellationToken) : AppendBlobAsync(target, chunk, cancellationToken);

    private async Task<bool> AppendRowAsync(AppendTarget target, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await InsertAsync(connection, target, chunk, blob: null, cancellationToken);
    }

    private async Task<bool> AppendBlobAsync(AppendTarget target, ReadOnlyMemory<byte> chunk, CancellationToken cancellationToken)
    {
        var blob = await blobs.BeginAsync(cancellationToken);
        var stored = await blobs.Store.PutAsync(blob, async (file, token) => await file.WriteAsync(chunk, token), cancellationToken);
        return await database.InTransactionAsync(
            async connection =>
            {
                var isAppended = await blobs.CommitAsync(connection, blob, stored) && await InsertAsync(connection, target, chunk, blob, cancellationToken);
                if (!isAppended)
                    await blobs.ReleaseAsync(connection, [blob]);
                return isAppended;
            },
            cancellationToken);
    }

    private async Task<bool> InsertAsync(NpgsqlConnection connection, AppendTarget target, ReadOnlyMemory<byte> chunk, BlobId? blob, CancellationToken cancellationToken)
    {
        // Not through Dapper, which would copy the bytes into an array first.
        await using var command = new NpgsqlCommand(Append, connection);
        AddTarget(command, target);
        command.Parameters.AddWithValue("Offset", target.Offset);
        command.Parameters.AddWithValue("Length", chunk.Length);
        command.Parameters.AddWithValue("Lines", chunk.Span.Count((byte)'\n'));
        command.Parameters.AddWithValue("Limit", Protocol.MaxLogBytesPerExecution);
        command.Parameters.Add(new NpgsqlParameter("Bytes", NpgsqlTypes.NpgsqlDbType.Bytea) { Value = blob is null ? (object)chunk : DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("Blob", NpgsqlTypes.NpgsqlDbType.Uuid) { Value = blob is { } id ? (object)id.Value : DBNull.Value });
        command.Parameters.AddWithValue("Now", clock.GetUtcNow());
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private async Task<Seen> LookAsync(AppendTarget target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleAsync<Seen>(new CommandDefinition(
            Look,
            new { Execution = target.Execution.Value, Runner = target.Runner.Value, target.FencingToken, target.Stream },
            cancellationToken: cancellationToken));
    }

    /// <summary>Ends the stream with a line that says why, once.</summary>
    private async Task<AppendResult> CloseAsync(AppendTarget target, CancellationToken cancellationToken)
    {
        var time = clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var notice = Encoding.UTF8.GetBytes($"\n{time} ##[warning]The log ends here: the logs of one execution of a job hold {Protocol.MaxLogBytesPerExecution >> 20} MiB.\n");
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            await using var command = new NpgsqlCommand(Close, connection);
            AddTarget(command, target);
            command.Parameters.AddWithValue("Length", notice.Length);
            command.Parameters.AddWithValue("Lines", 2);
            command.Parameters.AddWithValue("Bytes", notice);
            command.Parameters.AddWithValue("Now", clock.GetUtcNow());
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        wakeUps.Signal(Channel(target.Execution));
        var seen = await LookAsync(target, cancellationToken);
        return seen.IsOurs ? new AppendResult.LimitReached(seen.NextOffset) : new AppendResult.Lost();
    }

    private static void AddTarget(NpgsqlCommand command, AppendTarget target)
    {
        command.Parameters.AddWithValue("Execution", target.Execution.Value);
        command.Parameters.AddWithValue("Runner", target.Runner.Value);
        command.Parameters.AddWithValue("FencingToken", target.FencingToken);
        command.Parameters.AddWithValue("Stream", target.Stream);
    }

    private sealed record Seen(bool IsOurs, long NextOffset, bool LimitReached, long Total);
}
