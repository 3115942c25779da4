using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Logs;

/// <summary>
/// Turns the chunks of ended executions into one object each, with an index of lines. An ended execution gets no more chunks (see <see cref="LogStreams"/>), so
/// there is nothing to race with but another archiver, which leaves alone what one has taken a short time ago. A log that came whole with the report of the end
/// needs none of this: that report has archived it (see <see cref="LogTails"/>).
/// </summary>
/// <remarks>
/// Crash-safe at any instant: the blob's row comes first, the object second, with no transaction open, and one transaction replaces chunks and streams by the archive.
/// Before it the chunks are the log and the half-made blob is swept; after it the archive is.
/// </remarks>
public sealed partial class LogArchiver(Database database, LogReader reader, BlobIndex blobs, WakeUps wakeUps, TimeProvider clock, ILogger<LogArchiver> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>The most executions of one round; the next round takes the rest.</summary>
    public const int MaxExecutionsPerRound = 200;

    /// <summary>How long a log that could not be archived is left alone; it stays readable.</summary>
    public static readonly TimeSpan RestAfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>How long others leave alone what an archiver has taken: the largest log is written in less. When it takes longer two write, and the second gives up.</summary>
    public static readonly TimeSpan TakenFor = TimeSpan.FromMinutes(10);

    // Streams' rows go with their chunks: this reads those of living executions only, however long the history is.
    private const string SelectEnded = """
        select e.id from actions_job_executions e
         where e.status = 'completed' and e.id in (select distinct job_execution_id from actions_log_streams) and e.id <> all(@Resting)
         order by e.id limit @Limit
        """;

    // Those that failed here, and when they are tried again. Were they in every round, a round's worth of them would keep all others out, and each try leaves a staged blob.
    private readonly Dictionary<long, DateTimeOffset> resting = [];

    // Long enough that a burst of short jobs is not slowed by the archiving of the ones before; nobody waits for it.
    protected override TimeSpan Interval => TimeSpan.FromSeconds(2);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var (rested, _) in resting.Where(entry => entry.Value <= Clock.GetUtcNow()).ToList())
            resting.Remove(rested);
        IEnumerable<long> ended;
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            var parameters = new { Limit = MaxExecutionsPerRound, Resting = resting.Keys.ToArray() };
            ended = await connection.QueryAsync<long>(new CommandDefinition(SelectEnded, parameters, cancellationToken: cancellationToken));
        }

        foreach (var id in ended)
        {
            try
            {
                await ArchiveAsync(new ExecutionId(id), cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException && !Database.IsOutage(e))
            {
                // One log that cannot be archived stays readable from its chunks, and must not hold up the others.
                Log.NotArchived(logger, e, id);
                resting[id] = Clock.GetUtcNow() + RestAfterFailure;
            }
        }
    }

    private async Task ArchiveAsync(ExecutionId execution, CancellationToken cancellationToken)
    {
        var streams = await TakeAsync(execution, cancellationToken);
        if (streams.Count == 0)
            return;
        try
        {
            var blob = await blobs.BeginAsync(cancellationToken);
            var index = new ArchiveIndex([]);
            var stored = await blobs.Store.PutAsync(blob, async (target, token) => index = await WriteAsync(execution, streams, target, token), cancellationToken);
            await database.InTransactionAsync(connection => PublishAsync(connection, execution, blob, stored, index), cancellationToken);
        }
        catch
        {
            await GiveBackAsync(execution);
            throw;
        }
    }

    /// <returns>None when another server has taken this execution, or archived it.</returns>
    private async Task<IReadOnlyList<LogStreamState>> TakeAsync(ExecutionId execution, CancellationToken cancellationToken)
    {
        const string sql = """
            update actions_log_streams set archiving_until = @Until where job_execution_id = @Id and (archiving_until is null or archiving_until <= @Now)
            returning stream, next_offset as length, lines, limit_reached_at is not null as limit_reached
            """;
        var now = Clock.GetUtcNow();
        await using var connection = await database.OpenAsync(cancellationToken);
        var parameters = new { Id = execution.Value, Now = now, Until = now + TakenFor };
        var taken = await connection.QueryAsync<LogStreamState>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
        return [.. taken.OrderBy(stream => stream.Stream)];
    }

    private async Task GiveBackAsync(ExecutionId execution)
    {
        try
        {
            await using var connection = await database.OpenAsync(CancellationToken.None);
            await connection.ExecuteAsync("update actions_log_streams set archiving_until = null where job_execution_id = @Id", new { Id = execution.Value });
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            // Its time runs out by itself.
        }
    }

    private async Task PublishAsync(NpgsqlConnection connection, ExecutionId execution, BlobId blob, StoredBlob stored, ArchiveIndex index)
    {
        // The rows are locked until the commit, so that of two archivers the second finds none.
        if (!(await connection.QueryAsync<int>("select stream from actions_log_streams where job_execution_id = @Id for update", new { Id = execution.Value })).Any())
        {
            await blobs.ReleaseAsync(connection, [blob]);
            return;
        }

        if (!await blobs.CommitAsync(connection, blob, stored))
            throw new InvalidOperationException($"The archive of execution {execution.Value} took so long that its blob was swept.");
        await ReplaceAsync(connection, execution, blob, index);
    }

    private async Task<ArchiveIndex> WriteAsync(ExecutionId execution, IReadOnlyList<LogStreamState> streams, Stream target, CancellationToken cancellationToken)
    {
        var archived = new List<ArchivedStream>();
        var offset = 0L;
        foreach (var stream in streams)
        {
            var marker = new LineMarker();
            await foreach (var bytes in reader.ReadAsync(execution, stream.Stream, 0, cancellationToken))
            {
                marker.Append(bytes.Span);
                await target.WriteAsync(bytes, cancellationToken);
            }

            // What was acknowledged is what must be there: better no archive than a short one.
            if (marker.Length != stream.Length || marker.Lines != stream.Lines)
                throw new InvalidOperationException($"Execution {execution.Value}, stream {stream.Stream} has {marker.Length} bytes in chunks, {stream.Length} were acknowledged.");
            archived.Add(marker.Finish(stream.Stream, offset, stream.LimitReached));
            offset += marker.Length;
        }

        return new ArchiveIndex(archived);
    }

    private async Task ReplaceAsync(NpgsqlConnection connection, ExecutionId execution, BlobId blob, ArchiveIndex index)
    {
        var id = execution.Value;
        await connection.ExecuteAsync(
            "insert into actions_log_archives (job_execution_id, blob_id, index, created_at) values (@Id, @Blob, @Index::jsonb, @Now)",
            new { Id = id, Blob = blob.Value, Index = index.ToJson(), Now = Clock.GetUtcNow() });
        var chunkBlobs = await connection.QueryAsync<Guid?>("delete from actions_log_chunks where job_execution_id = @Id returning blob_id", new { Id = id });
        await blobs.ReleaseAsync(connection, [.. chunkBlobs.OfType<Guid>().Select(chunk => new BlobId(chunk))]);
        await connection.ExecuteAsync("delete from actions_log_streams where job_execution_id = @Id", new { Id = id });
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The log of execution {Execution} could not be archived; it is tried again.")]
        public static partial void NotArchived(ILogger logger, Exception exception, long execution);
    }
}
