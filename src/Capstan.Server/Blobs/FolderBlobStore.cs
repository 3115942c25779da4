using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Capstan.Server.Blobs;

/// <summary>Blobs in a local or NFS folder: <c>&lt;uuid&gt;/payload</c> and <c>&lt;uuid&gt;/metadata.json</c>. Several servers may share the folder.</summary>
/// <remarks>
/// Everything is made under <c>.staging/&lt;uuid&gt;</c> and moved to its place by one rename, after its bytes and names have reached the disk: a folder
/// <c>&lt;uuid&gt;</c> is always complete.
/// </remarks>
public sealed class FolderBlobStore : IBlobStore
{
    private const string StagingFolder = ".staging";
    private const string Payload = "payload";
    private const string Metadata = "metadata.json";
    private const string BlockPrefix = "block-";
    private const int CopyBufferBytes = 128 * 1024;

    private readonly string root;
    private readonly TimeProvider clock;

    /// <param name="root">Made when it does not exist, readable by the server's user only.</param>
    public FolderBlobStore(string root, TimeProvider clock)
    {
        this.root = Path.GetFullPath(root);
        this.clock = clock;
        CreateFolder(this.root);
        CreateFolder(Path.Combine(this.root, StagingFolder));
    }

    public string Backend => "folder";

    public string StoragePath(BlobId id) => id.ToString();

    public async Task<StoredBlob> PutAsync(BlobId id, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is { } existing)
            return existing;
        try
        {
            return await MakeAsync(id, write, cancellationToken);
        }
        catch (IOException)
        {
            // Of several that make the same object the first removes what the others still stage: theirs is then this one.
            if (await FindAsync(id, cancellationToken) is { } since)
                return since;
            throw;
        }
    }

    public async Task<bool> StageAsync(BlobId id, string block, Stream content, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(Place(id), Payload)))
            return false;
        var folder = CreateFolder(Staging(id));
        var partial = Path.Combine(folder, NewName("partial-"));
        await using (var file = CreateFile(partial))
        {
            await content.CopyToAsync(file, CopyBufferBytes, cancellationToken);
            await file.FlushAsync(cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(partial, BlockPath(id, block), overwrite: true);
        DurableFolder.Flush(folder);
        return true;
    }

    public async Task<CommitBlobResult> CommitAsync(BlobId id, IReadOnlyList<string> blocks, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks.Count, IBlobStore.MaxBlocks, nameof(blocks));
        if (await FindAsync(id, cancellationToken) is { } existing)
            return new CommitBlobResult.Committed(existing);
        if (blocks.FirstOrDefault(block => !File.Exists(BlockPath(id, block))) is { } missing)
        {
            // Another commit of the same object may have finished since we looked, and taken its blocks away.
            return await FindAsync(id, cancellationToken) is { } since ? new CommitBlobResult.Committed(since) : new CommitBlobResult.BlockMissing(missing);
        }

        return new CommitBlobResult.Committed(await PutAsync(id, (target, token) => CopyBlocksAsync(id, blocks, target, token), cancellationToken));
    }

    public async Task<StoredBlob?> FindAsync(BlobId id, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(Path.Combine(Place(id), Metadata));
            var metadata = await JsonSerializer.DeserializeAsync(file, BlobMetadataJson.Default.BlobMetadata, cancellationToken)
                ?? throw new InvalidDataException($"The metadata of blob {id} is empty.");
            return new StoredBlob(metadata.SizeBytes, Convert.FromHexString(metadata.Sha256));
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public Task<Stream?> OpenAsync(BlobId id, long offset, long? length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length ?? 0, nameof(length));
        try
        {
            var handle = File.OpenHandle(Path.Combine(Place(id), Payload), options: FileOptions.Asynchronous);
            return Task.FromResult<Stream?>(new FileRangeStream(handle, offset, length));
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task DeleteAsync(BlobId id, CancellationToken cancellationToken)
    {
        // Out of sight first, by one rename: nobody sees an object that has lost its payload but not its metadata.
        var staging = CreateFolder(Staging(id));
        try
        {
            Directory.Move(Place(id), Path.Combine(staging, NewName("deleted-")));
        }
        catch (DirectoryNotFoundException)
        {
            // It was never committed, or an earlier delete came this far.
        }

        DurableFolder.Flush(root);
        try
        {
            Directory.Delete(staging, recursive: true);
        }
        catch (IOException) when (!Directory.Exists(staging))
        {
            // Another server removes the same object at this moment.
        }

        return Task.CompletedTask;
    }

    private async Task<StoredBlob> MakeAsync(BlobId id, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var made = CreateFolder(Path.Combine(Staging(id), NewName("put-")));
        await using var file = CreateFile(Path.Combine(made, Payload));
        await using var hashing = new HashingStream(file);
        await write(hashing, cancellationToken);
        file.Flush(flushToDisk: true);
        return await PublishAsync(id, made, hashing.Finish(), cancellationToken);
    }

    private async Task CopyBlocksAsync(BlobId id, IReadOnlyList<string> blocks, Stream target, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            await using var source = File.OpenRead(BlockPath(id, block));
            await source.CopyToAsync(target, CopyBufferBytes, cancellationToken);
        }
    }

    /// <summary>Gives the folder <paramref name="made"/>, whose payload is on the disk, its metadata and its place. Of two that come together the first wins.</summary>
    private async Task<StoredBlob> PublishAsync(BlobId id, string made, StoredBlob blob, CancellationToken cancellationToken)
    {
        await using (var file = CreateFile(Path.Combine(made, Metadata)))
        {
            var metadata = new BlobMetadata(id.Value, blob.SizeBytes, Convert.ToHexStringLower(blob.Sha256.Span), clock.GetUtcNow());
            await JsonSerializer.SerializeAsync(file, metadata, BlobMetadataJson.Default.BlobMetadata, cancellationToken);
            await file.FlushAsync(cancellationToken);
            file.Flush(flushToDisk: true);
        }

        DurableFolder.Flush(made);
        try
        {
            Directory.Move(made, Place(id));
        }
        catch (IOException) when (Directory.Exists(Place(id)))
        {
            blob = (await FindAsync(id, cancellationToken))!;
        }

        DurableFolder.Flush(root);
        RemoveStaging(id);
        return blob;
    }

    private void RemoveStaging(BlobId id)
    {
        try
        {
            Directory.Delete(Staging(id), recursive: true);
        }
        catch (IOException)
        {
            // Somebody stages or commits the same object at this moment; what they leave is removed with the object.
        }
    }

    private string Place(BlobId id) => Path.Combine(root, id.ToString());

    private string Staging(BlobId id) => Path.Combine(root, StagingFolder, id.ToString());

    // A client's name of a block may hold anything, a slash or a hundred characters included: its hash is always a file name.
    private string BlockPath(BlobId id, string block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(block.Length, IBlobStore.MaxBlockNameLength, nameof(block));
        return Path.Combine(Staging(id), BlockPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(block))));
    }

    private static string NewName(string prefix) => prefix + Guid.NewGuid().ToString("N");

    private static string CreateFolder(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;

    private static FileStream CreateFile(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}

/// <summary>What <c>metadata.json</c> says, so that a folder can be checked, or its index made anew, without the database.</summary>
internal sealed record BlobMetadata(Guid Id, long SizeBytes, string Sha256, DateTimeOffset CommittedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BlobMetadata))]
internal sealed partial class BlobMetadataJson : JsonSerializerContext;
