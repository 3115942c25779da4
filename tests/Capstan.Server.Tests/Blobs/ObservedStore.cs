using Capstan.Server.Blobs;

namespace Capstan.Server.Tests.Blobs;

/// <summary>A store that lets a test look, or throw, before something is written or removed.</summary>
internal sealed class ObservedStore(IBlobStore inner) : IBlobStore
{
    public Func<BlobId, Task> Deleting { get; init; } = _ => Task.CompletedTask;

    public Func<Task> Putting { get; init; } = () => Task.CompletedTask;

    public string Backend => inner.Backend;

    public string StoragePath(BlobId id) => inner.StoragePath(id);

    public async Task<StoredBlob> PutAsync(BlobId id, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await Putting();
        return await inner.PutAsync(id, write, cancellationToken);
    }

    public Task<bool> StageAsync(BlobId id, string block, Stream content, CancellationToken cancellationToken) => inner.StageAsync(id, block, content, cancellationToken);

    public Task<CommitBlobResult> CommitAsync(BlobId id, IReadOnlyList<string> blocks, CancellationToken cancellationToken) => inner.CommitAsync(id, blocks, cancellationToken);

    public Task<StoredBlob?> FindAsync(BlobId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

    public Task<Stream?> OpenAsync(BlobId id, long offset, long? length, CancellationToken cancellationToken) => inner.OpenAsync(id, offset, length, cancellationToken);

    public async Task DeleteAsync(BlobId id, CancellationToken cancellationToken)
    {
        await Deleting(id);
        await inner.DeleteAsync(id, cancellationToken);
    }
}
