using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Blobs;

/// <summary>The rows that say which blobs exist: a blob has its row before its first byte and loses it after its last, so that nothing in the store is forgotten.</summary>
/// <remarks>staging (being written) → committed (immutable, in use) → deleted (nobody needs it) → no row. The sweeper removes what stays too long in the first and the last.</remarks>
public sealed class BlobIndex(Database database, IBlobStore store, TimeProvider clock)
{
    public IBlobStore Store => store;

    /// <summary>A new blob in its own commit: from now on the sweeper knows it, whatever happens to the caller.</summary>
    public async Task<BlobId> BeginAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await BeginAsync(connection);
    }

    /// <summary>A new blob in the caller's transaction, together with what refers to it: no byte may come before the commit.</summary>
    public async Task<BlobId> BeginAsync(NpgsqlConnection connection)
    {
        var id = BlobId.New(clock);
        await connection.ExecuteAsync(
            "insert into blobs (id, state, backend, storage_path, created_at) values (@Id, 'staging', @Backend, @StoragePath, @Now)",
            new { Id = id.Value, store.Backend, StoragePath = store.StoragePath(id), Now = clock.GetUtcNow() });
        return id;
    }

    /// <summary>Marks the blob committed in the caller's transaction, the one that stores the reference to it.</summary>
    /// <returns>False when the blob is not staging any more: it took so long that the sweeper removed it.</returns>
    public async Task<bool> CommitAsync(NpgsqlConnection connection, BlobId id, StoredBlob blob) =>
        await connection.ExecuteAsync(
            "update blobs set state = 'committed', size_bytes = @SizeBytes, sha256 = @Sha256, committed_at = @Now where id = @Id and state = 'staging'",
            new { Id = id.Value, blob.SizeBytes, Sha256 = blob.Sha256.ToArray(), Now = clock.GetUtcNow() }) == 1;

    /// <summary>Says, in the caller's transaction, that nobody needs these blobs any more. Readers that have just found one still have a few minutes.</summary>
    public Task ReleaseAsync(NpgsqlConnection connection, IReadOnlyCollection<BlobId> ids) =>
        connection.ExecuteAsync(
            "update blobs set state = 'deleted', deleted_at = @Now where id = any(@Ids) and state <> 'deleted'",
            new { Ids = ids.Select(id => id.Value).ToArray(), Now = clock.GetUtcNow() });
}
