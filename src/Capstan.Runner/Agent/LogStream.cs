using Microsoft.Win32.SafeHandles;

namespace Capstan.Runner.Agent;

/// <summary>
/// The bytes of one log stream that the server has not acknowledged yet: the newest in memory, older ones in a spool file. Written by the job's thread, read by the
/// uploader. Offsets count from the stream's begin.
/// </summary>
/// <remarks>A stream whose upload keeps up never touches the disk. While the server is gone, memory stays at <see cref="MaxTailBytes"/>.</remarks>
/// <param name="gate">Shared by all streams of an execution: a line takes one lock.</param>
internal sealed class LogStream(int number, string spoolFolder, Lock gate) : IDisposable
{
    public const int MaxTailBytes = 1024 * 1024;
    private const int FirstTailBytes = 4 * 1024;

    private byte[] tail = new byte[FirstTailBytes];
    private int tailLength;
    private SafeFileHandle? file;
    private long spooledTo;
    private long keptFrom;
    private long end;
    private long acknowledged;

    public int Number { get; } = number;

    /// <summary>Where the stream ends: all bytes ever appended.</summary>
    public long Length
    {
        get
        {
            lock (gate) return end;
        }
    }

    /// <summary>What the server is known to have; the whole length unless it refused the rest.</summary>
    public long Acknowledged
    {
        get
        {
            lock (gate) return acknowledged;
        }
    }

    public long Unacknowledged
    {
        get
        {
            lock (gate) return end - acknowledged;
        }
    }

    /// <summary>Appends the parts as one line.</summary>
    /// <exception cref="IOException">The spool cannot be written.</exception>
    public void Append_NeedsLock(ReadOnlySpan<byte> time, ReadOnlySpan<byte> line)
    {
        var length = time.Length + line.Length + 1;
        if (tailLength + length > tail.Length) MakeRoom_NeedsLock(length);
        var target = tail.AsSpan(tailLength, length);
        time.CopyTo(target);
        line.CopyTo(target[time.Length..]);
        target[^1] = (byte)'\n';
        tailLength += length;
        end += length;
    }

    /// <summary>Copies what follows the last acknowledged byte.</summary>
    /// <returns>How many bytes, and the offset of the first.</returns>
    public (int Count, long Offset) Read(Span<byte> buffer)
    {
        lock (gate)
        {
            var tailStart = end - tailLength;
            if (acknowledged >= tailStart)
            {
                var from = tail.AsSpan((int)(acknowledged - tailStart), (int)(end - acknowledged));
                var count = Math.Min(from.Length, buffer.Length);
                from[..count].CopyTo(buffer);
                return (count, acknowledged);
            }

            var wanted = (int)Math.Min(buffer.Length, spooledTo - acknowledged);
            return (RandomAccess.Read(file!, buffer[..wanted], acknowledged), acknowledged);
        }
    }

    /// <summary>The server has everything before <paramref name="offset"/>. It may go back when the server lost what it had not written.</summary>
    /// <returns>False when it names bytes that are no longer here or never were.</returns>
    public bool Acknowledge(long offset)
    {
        lock (gate)
        {
            if (offset < keptFrom || offset > end) return false;
            acknowledged = offset;
            if (file is not null && spooledTo > 0 && acknowledged >= spooledTo)
            {
                // All that is spooled has arrived: the file starts anew, with a hole where it was.
                RandomAccess.SetLength(file, 0);
                keptFrom = spooledTo;
                spooledTo = 0;
            }

            return true;
        }
    }

    public void Dispose() => file?.Dispose();

    private void MakeRoom_NeedsLock(int length)
    {
        var tailStart = end - tailLength;
        if (acknowledged > tailStart)
        {
            var gone = (int)(acknowledged - tailStart);
            tail.AsSpan(gone, tailLength - gone).CopyTo(tail);
            tailLength -= gone;
            keptFrom = acknowledged;
        }

        if (tailLength + length <= tail.Length) return;
        if (tailLength + length <= MaxTailBytes)
        {
            Array.Resize(ref tail, Math.Min(MaxTailBytes, Math.Max(tail.Length * 2, tailLength + length)));
            return;
        }

        Spool_NeedsLock();
        if (length > tail.Length) tail = new byte[length];
    }

    private void Spool_NeedsLock()
    {
        if (file is null)
        {
            Directory.CreateDirectory(spoolFolder);
            var path = Path.Combine(spoolFolder, Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
            file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        }

        RandomAccess.Write(file, tail.AsSpan(0, tailLength), end - tailLength);
        spooledTo = end;
        tailLength = 0;
    }
}
