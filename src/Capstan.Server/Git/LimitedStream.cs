using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Git;

/// <summary>Reads at most so many bytes of another stream; more are an error (413). Guards against bodies that grow when they are decompressed, or are not what they say.</summary>
internal sealed class LimitedStream(Stream inner, long maxBytes) : Stream
{
    private long left = maxBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BadHttpRequestException">The limit is passed, or the body cannot be decompressed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            left -= count;
            return left >= 0 ? count : throw new BadHttpRequestException("The body is larger than this route accepts.", StatusCodes.Status413PayloadTooLarge);
        }
        catch (InvalidDataException e)
        {
            throw new BadHttpRequestException("The body is not compressed as its Content-Encoding says.", e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Reading a request blocks no thread.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
