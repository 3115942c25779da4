using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Caches;

/// <summary>A cache that can be restored.</summary>
internal sealed record CacheRow(long Id, string Key, string Version, string Scope, Guid BlobId, long SizeBytes, byte[] Sha256, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt);

/// <summary>Looks up, reserves and keeps caches. Bytes move outside of transactions. Thread-safe.</summary>
internal sealed class CacheStore(Database database, BlobIndex blobs, JobUploads uploads, WakeUps wakeUps, TimeProvider clock)
{
    private const string Columns = "c.id, c.key, c.version, c.scope, c.blob_id, c.size_bytes, c.sha256, c.created_at, c.last_used_at";

    /// <summary>
    /// Scopes in their order, in each the keys in theirs, for each key the cache of exactly that key, else the newest one that begins with it: the first that is found.
    /// A prefix is a range of the index, from itself to itself and the last character there is. That it was used is written only when that was not known for the last
    /// minute already, so that many jobs at once do not wait for each other.
    /// </summary>
    internal const string LookupSql = $"""
        with found as materialized (
            select {Columns}
              from unnest(@Scopes) with ordinality s (scope, place)
              cross join unnest(@Keys) with ordinality k (key, place)
              cross join lateral (
                   select * from actions_caches c
                    where c.repository_id = @Repository and c.scope = s.scope and c.version = @Version
                      and c.key >= k.key collate "C" and c.key < (k.key || chr(1114111)) collate "C" and c.state = 'available'
                    order by c.key = k.key desc, c.created_at desc, c.id desc limit 1) c
             order by s.place, k.place limit 1
        ), used as (
            update actions_caches c set last_used_at = @Now from found where c.id = found.id and found.last_used_at < @NotSince
        )
        select * from found
        """;

    /// <summary>Channel that tells the sweeper of a new cache, which may be one too many.</summary>
    public const string Channel = "caches";

    private static readonly TimeSpan UseGranularity = TimeSpan.FromMinutes(1);

    /// <param name="keys">Checked by <see cref="CacheRules"/>.</param>
    /// <returns>Null: nothing fits.</returns>
    public Task<CacheRow?> LookupAsync(CacheAccess access, IReadOnlyList<string> keys, string version, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return database.ReadSingleOrDefaultAsync<CacheRow>(
            LookupSql,
            new { Scopes = access.Readable.ToArray(), Keys = keys.ToArray(), access.Repository, Version = version, Now = now, NotSince = now - UseGranularity },
            cancellationToken);
    }

    /// <returns>Null when the job may see no such cache, or it was evicted.</returns>
    public Task<CacheRow?> FindAsync(CacheAccess access, long id, CancellationToken cancellationToken) => database.ReadSingleOrDefaultAsync<CacheRow>(
        $"select {Columns} from actions_caches c where c.id = @Id and c.repository_id = @Repository and c.scope = any(@Scopes) and c.state = 'available'",
        new { Id = id, access.Repository, Scopes = access.Readable.ToArray() },
        cancellationToken);

    /// <summary>Reserves the key for this execution. Idempotent: it gets its own reservation again.</summary>
    /// <returns>Null: the cache exists, or another job is saving it.</returns>
    public Task<long?> ReserveAsync(CacheAccess access, ExecutionId execution, string key, string version, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var entry = new
        {
            access.Repository,
            Scope = access.Ref,
            Version = version,
            Key = key,
            Execution = execution.Value,
            Now = now,
            Before = now - TimeSpan.FromHours(CacheProtocol.ReservationHours),
        };
        return database.InTransactionAsync(
            async connection =>
            {
                await ForgetAbandonedAsync(connection, entry);
                var id = await connection.QuerySingleOrDefaultAsync<long?>(
                    """
                    insert into actions_caches (repository_id, scope, version, key, job_execution_id, state, created_at, last_used_at)
                    values (@Repository, @Scope, @Version, @Key, @Execution, 'pending', @Now, @Now)
                    on conflict (repository_id, scope, version, key) do nothing returning id
                    """,
                    entry);
                if (id is null)
                    return await connection.QuerySingleOrDefaultAsync<long?>(
                        $"select id from actions_caches where {SameKey} and state = 'pending' and job_execution_id = @Execution", entry);
                await connection.ExecuteAsync("update actions_caches set blob_id = @Blob where id = @Id", new { Id = id, Blob = (await blobs.BeginAsync(connection)).Value });
                return id;
            },
            cancellationToken);
    }

    /// <summary>Idempotent: a commit that was answered, or whose answer was lost, is answered the same.</summary>
    /// <returns>The cache, or why there is none.</returns>
    public async Task<(CacheRow? Cache, AssembleResult Why)> CommitAsync(ExecutionId execution, long id, CommitUploadRequest request, CancellationToken cancellationToken)
    {
        var assembled = await uploads.AssembleAsync(CacheRules.Upload, execution, id, request, cancellationToken);
        if (assembled is AssembleResult.Assembled ready)
        {
            await PublishAsync(id, ready, cancellationToken);
            wakeUps.Signal(Channel);
        }
        else if (assembled is not AssembleResult.AlreadyCommitted)
        {
            return (null, assembled);
        }

        var cache = await database.ReadSingleOrDefaultAsync<CacheRow>(
            $"select {Columns} from actions_caches c where c.id = @Id and c.job_execution_id = @Execution and c.state = 'available'",
            new { Id = id, Execution = execution.Value },
            cancellationToken);
        return (cache, cache is null ? new AssembleResult.NotFound() : assembled);
    }

    private const string SameKey = "repository_id = @Repository and scope = @Scope and version = @Version and key = @Key";

    // A job that died while it saved must not keep the key for ever.
    private async Task ForgetAbandonedAsync(NpgsqlConnection connection, object entry)
    {
        var abandoned = await connection.QueryAsync<Guid?>(
            $"""
            delete from actions_caches c
             where {SameKey} and state = 'pending'
               and (created_at < @Before or not exists (select from actions_job_executions e where e.id = c.job_execution_id and e.status = 'in_progress'))
            returning blob_id
            """,
            entry);
        await blobs.ReleaseAsync(connection, [.. abandoned.OfType<Guid>().Select(blob => new BlobId(blob))]);
    }

    private Task PublishAsync(long id, AssembleResult.Assembled ready, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            // None: the same commit was sent twice at once and the other one was faster, or the reservation was given to somebody else.
            if (await connection.QuerySingleOrDefaultAsync<long?>("select id from actions_caches where id = @Id and state = 'pending' for update", new { Id = id }) is null)
                return;
            if (!await blobs.CommitAsync(connection, ready.Blob, ready.Stored))
                throw new InvalidOperationException($"The upload of cache {id} took so long that its blob was swept.");
            await connection.ExecuteAsync(
                "update actions_caches set state = 'available', size_bytes = @SizeBytes, sha256 = @Sha256, created_at = @Now, last_used_at = @Now where id = @Id",
                new { Id = id, ready.Stored.SizeBytes, Sha256 = ready.Stored.Sha256.ToArray(), Now = clock.GetUtcNow() });
        },
        cancellationToken);
}
