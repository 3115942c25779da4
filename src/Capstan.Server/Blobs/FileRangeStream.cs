using Microsoft.Win32.SafeHandles;

namespace Capstan.Server.Blobs;

/// <summary>A part of a file as a stream; owns the handle. Reads at positions, so that nothing is buffered twice.</summary>
internal sealed class FileRangeStream : Stream
{
    private readonly SafeFileHandle handle;
    private readonly long start;
    private readonly long end;
    private long position;

    /// <param name="length">Null: to the end of the file.</param>
    public FileRangeStream(SafeFileHandle handle, long offset, long? length)
    {
        this.handle = handle;
        var size = RandomAccess.GetLength(handle);
        start = position = Math.Min(offset, size);
        end = length is { } limit ? Math.Min(size, start + limit) : size;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => end - start;

    public override long Position
    {
        get => position - start;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await RandomAccess.ReadAsync(handle, Limited(buffer), position, cancellationToken);
        position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = RandomAccess.Read(handle, Limited(buffer.AsMemory(offset, count)).Span, position);
        position += read;
        return read;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var to = offset + origin switch
        {
            SeekOrigin.Begin => start,
            SeekOrigin.Current => position,
            _ => end,
        };
        ArgumentOutOfRangeException.ThrowIfLessThan(to, start, nameof(offset));
        position = to;
        return Position;
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            handle.Dispose();
        base.Dispose(disposing);
    }

    private Memory<byte> Limited(Memory<byte> buffer) => buffer[..(int)Math.Clamp(end - position, 0, buffer.Length)];
}
