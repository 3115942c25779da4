using System.Buffers.Text;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>
/// All log streams of one execution. Lines are <c>time text</c>. Written by the job's threads; the uploader waits for <see cref="Changed"/>.
/// </summary>
internal sealed class ExecutionLog(string spoolFolder) : IDisposable
{
    private static readonly byte[] LimitNotice = "The log of this job has reached its limit of 1 GiB; what follows is left out."u8.ToArray();

    /// <summary>Kept free for the notice line.</summary>
    private const int NoticeBytes = 256;

    private readonly Lock gate = new();
    private readonly SortedDictionary<int, LogStream> streams = [];
    private readonly byte[] time = new byte[29];
    private readonly SemaphoreSlim changed = new(0, 1);
    private DateTimeOffset timeOf;
    private LogStream? last;
    private long total;
    private bool full;

    /// <summary>Released (once at most) when there may be something new.</summary>
    public SemaphoreSlim Changed => changed;

    /// <summary>Adds a line to a stream; after the limit it is dropped.</summary>
    /// <exception cref="IOException">The spool cannot be written.</exception>
    public void Append(int stream, DateTimeOffset at, ReadOnlySpan<byte> line)
    {
        lock (gate)
        {
            if (full) return;
            if (at != timeOf) FormatTime_NeedsLock(at);
            var target = StreamOf_NeedsLock(stream);
            total += time.Length + line.Length + 1;
            if (total > Protocol.MaxLogBytesPerExecution - NoticeBytes)
            {
                full = true;
                target.Append_NeedsLock(time, LimitNotice);
            }
            else
            {
                target.Append_NeedsLock(time, line);
            }
        }

        Signal();
    }

    /// <summary>Wakes the uploader.</summary>
    public void Signal()
    {
        if (changed.CurrentCount > 0) return;
        try
        {
            changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread was faster; the uploader is awake.
        }
    }

    public IReadOnlyList<LogStream> Streams
    {
        get
        {
            lock (gate) return [.. streams.Values];
        }
    }

    /// <summary>What the server has of each stream.</summary>
    public IReadOnlyDictionary<int, long> Acknowledged => Streams.ToDictionary(s => s.Number, s => s.Acknowledged);

    public void Dispose()
    {
        foreach (var stream in Streams) stream.Dispose();
        changed.Dispose();
    }

    private LogStream StreamOf_NeedsLock(int number)
    {
        if (last?.Number == number) return last;
        if (!streams.TryGetValue(number, out last)) streams[number] = last = new LogStream(number, spoolFolder, gate);
        return last;
    }

    private void FormatTime_NeedsLock(DateTimeOffset at)
    {
        // 2026-01-05T12:00:00.0000000Z and a space; the format "O" of a UTC DateTime is exactly that.
        _ = Utf8Formatter.TryFormat(at.UtcDateTime, time, out _, 'O');
        time[28] = (byte)' ';
        timeOf = at;
    }
}
