namespace Capstan.Server.Blobs;

/// <summary>Names one immutable object in the blob store; the name of its folder or key there. Never reused.</summary>
public readonly record struct BlobId(Guid Value)
{
    /// <summary>Ids grow with time, so that rows and folders made together lie together.</summary>
    public static BlobId New(TimeProvider clock) => new(Guid.CreateVersion7(clock.GetUtcNow()));

    public override string ToString() => Value.ToString("D");
}

/// <summary>Where archived logs, large log chunks, artifacts and caches lie. The database is the index; this knows ids and bytes only. Thread-safe.</summary>
/// <remarks>
/// An object is staged in blocks (any order; sending a block again replaces it) and committed as an ordered list of them, or put in one go. From then on it
/// is immutable. What was answered survives a crash of the machine; what was not is either absent or complete, never half.
/// </remarks>
public interface IBlobStore
{
    /// <summary>The longest name of a block, in characters.</summary>
    const int MaxBlockNameLength = 256;

    /// <summary>The most blocks of one object: Azure's and S3's clients stay below it.</summary>
    const int MaxBlocks = 50_000;

    /// <summary>For the index: <c>folder</c>, <c>s3</c>.</summary>
    string Backend { get; }

    /// <summary>Where the object lies, for the index only.</summary>
    string StoragePath(BlobId id);

    /// <summary>Writes a whole object. When the id is committed already, that object stays and is returned.</summary>
    /// <param name="write">Called once with the stream to write to.</param>
    Task<StoredBlob> PutAsync(BlobId id, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken);

    /// <returns>False when the object is committed already: nothing was changed.</returns>
    Task<bool> StageAsync(BlobId id, string block, Stream content, CancellationToken cancellationToken);

    /// <summary>Makes the object out of staged blocks, in this order. Idempotent: a committed object is returned as it is. Blocks not named are dropped.</summary>
    Task<CommitBlobResult> CommitAsync(BlobId id, IReadOnlyList<string> blocks, CancellationToken cancellationToken);

    /// <returns>Null when nothing is committed under this id.</returns>
    Task<StoredBlob?> FindAsync(BlobId id, CancellationToken cancellationToken);

    /// <summary>Reads from <paramref name="offset"/>; at most <paramref name="length"/> bytes, or to the end. Past the end there are no bytes.</summary>
    /// <returns>A stream that can seek, within that part; null when nothing is committed under this id.</returns>
    Task<Stream?> OpenAsync(BlobId id, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>Removes the object and whatever is staged for it. Idempotent. Streams that are open stay readable.</summary>
    Task DeleteAsync(BlobId id, CancellationToken cancellationToken);
}

/// <param name="Sha256">32 bytes.</param>
public sealed record StoredBlob(long SizeBytes, ReadOnlyMemory<byte> Sha256);

public abstract record CommitBlobResult
{
    private CommitBlobResult()
    {
    }

    public sealed record Committed(StoredBlob Blob) : CommitBlobResult;

    /// <summary>Nothing was changed: this block was never staged.</summary>
    public sealed record BlockMissing(string Block) : CommitBlobResult;
}
