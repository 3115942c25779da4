namespace Capstan.Server.Git;

/// <summary>
/// A push's whole body, waiting to be given to git: small ones in memory, larger ones in a file that has no name any more, so that nothing is left of it whatever
/// happens. Git is given a body only when all of it is here: a client that is slow or goes away half-way holds no lock, no process and no half-written objects,
/// and moves nothing.
/// </summary>
internal sealed class PushBody : IAsyncDisposable
{
    /// <summary>Where git's own client begins to send in chunks (<c>http.postBuffer</c>).</summary>
    public const int MaxBytesInMemory = 1024 * 1024;

    /// <summary>The largest push: room for a big history; larger ones can be pushed in parts.</summary>
    public const long MaxBytes = 8L * 1024 * 1024 * 1024;

    private const int CopyBufferBytes = 64 * 1024;

    private readonly Stream content;

    private PushBody(Stream content) => this.content = content;

    public long Length => content.Length;

    public bool IsOnDisk => content is FileStream;

    /// <param name="head">What was read of the body already.</param>
    /// <returns>Null when there is more than <paramref name="maxBytes"/>; the rest is not read then.</returns>
    public static async Task<PushBody?> ReadAsync(ReadOnlyMemory<byte> head, Stream rest, string spoolFolder, long maxBytes, CancellationToken cancellationToken)
    {
        Stream content = new MemoryStream();
        try
        {
            await content.WriteAsync(head, cancellationToken);
            var buffer = new byte[CopyBufferBytes];
            int count;
            while ((count = await rest.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (content.Length + count > maxBytes)
                {
                    await content.DisposeAsync();
                    return null;
                }

                if (content is MemoryStream memory && memory.Length + count > MaxBytesInMemory)
                    content = await MoveToDiskAsync(memory, spoolFolder, cancellationToken);
                await content.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            content.Position = 0;
            return new PushBody(content);
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken) => await content.CopyToAsync(target, CopyBufferBytes, cancellationToken);

    public ValueTask DisposeAsync() => content.DisposeAsync();

    private static async Task<FileStream> MoveToDiskAsync(MemoryStream memory, string spoolFolder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(spoolFolder, Path.GetRandomFileName());
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);

        // The open file lives on without its name, and goes with the process.
        File.Delete(path);
        memory.Position = 0;
        await memory.CopyToAsync(file, cancellationToken);
        await memory.DisposeAsync();
        return file;
    }
}
