using System.Globalization;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>
/// Sends the log streams of one execution, chunk after chunk by offset: sending twice is harmless, and after a break the server says where to go on. Gathers
/// for a moment, so that a chatty job does not make a request a line and a short one makes few.
/// </summary>
internal sealed class LogUploader(ServerConnection server, JobMessage job, ExecutionLog log, TimeProvider clock, Backoff backoff, Action lost, Action<string> report)
{
    /// <summary>The longest a line waits to be gathered with others.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    /// <summary>With so much waiting there is nothing to gather.</summary>
    private const int WorthSendingBytes = 256 * 1024;

    /// <summary>Below the server's limit: two chunks of this size fit into what one may be.</summary>
    private const int ChunkBytes = 1024 * 1024;

    private readonly HashSet<int> refused = [];
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] buffer = new byte[64 * 1024];
    private volatile bool finishing;

    /// <summary>No more lines come: <see cref="RunAsync"/> ends as soon as what is left is little enough to go with the report of the job's end.</summary>
    public void Finish()
    {
        finishing = true;
        finished.TrySetResult();
        log.Signal();
    }

    /// <summary>Sends what comes, gathered.</summary>
    /// <returns>After <see cref="Finish"/>, or when the execution was lost.</returns>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await log.Changed.WaitAsync(stop);
            if (!finishing && Waiting() < WorthSendingBytes) await GatherAsync(stop);
            if (finishing) break;
            foreach (var stream in log.Streams)
            {
                if (!await SendAsync(stream, stop)) return;
            }
        }

        if (Waiting() > Protocol.MaxLogTailBytes) await SendAllAsync(stop);
    }

    /// <summary>Sends until all is acknowledged. To be called when <see cref="RunAsync"/> has ended and no more lines come.</summary>
    public async Task SendAllAsync(CancellationToken stop)
    {
        foreach (var stream in log.Streams)
        {
            if (!await SendAsync(stream, stop)) return;
        }
    }

    /// <summary>What has not been sent yet, when it is little enough to go with the report of the job's end.</summary>
    public IReadOnlyList<LogTail> Tails()
    {
        var tails = new List<LogTail>();
        foreach (var stream in log.Streams)
        {
            if (stream.Unacknowledged == 0 || refused.Contains(stream.Number)) continue;
            var bytes = new byte[stream.Unacknowledged];
            var (count, offset) = stream.Read(bytes);
            if (count == bytes.Length) tails.Add(new LogTail(stream.Number, offset, bytes));
        }

        return tails;
    }

    /// <summary>Bytes of each stream that the server has, or has been given with <paramref name="tails"/>.</summary>
    public IReadOnlyDictionary<int, long> Lengths(IReadOnlyList<LogTail> tails)
    {
        var lengths = log.Acknowledged.ToDictionary();
        foreach (var tail in tails) lengths[tail.Stream] = tail.Offset + tail.Bytes.Length;
        return lengths;
    }

    private async Task GatherAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAny(Task.Delay(Gather, clock, either.Token), finished.Task);
        stop.ThrowIfCancellationRequested();
        await either.CancelAsync();
    }

    private long Waiting()
    {
        var sum = 0L;
        foreach (var stream in log.Streams)
        {
            if (!refused.Contains(stream.Number)) sum += stream.Unacknowledged;
        }

        return sum;
    }

    /// <returns>False when the execution was lost.</returns>
    private async Task<bool> SendAsync(LogStream stream, CancellationToken stop)
    {
        while (stream.Unacknowledged > 0 && !refused.Contains(stream.Number))
        {
            if (stream.Unacknowledged > buffer.Length && buffer.Length < ChunkBytes) buffer = new byte[ChunkBytes];
            var (count, offset) = stream.Read(buffer);
            switch (await server.AppendLogAsync(job, stream.Number, offset, buffer.AsMemory(0, count), stop))
            {
                case ServerAnswer<LogAppendResponse>.Done done:
                    backoff.Reset();
                    if (!stream.Acknowledge(done.Value.NextOffset)) Refuse(stream, string.Create(CultureInfo.InvariantCulture, $"the server asks for byte {done.Value.NextOffset}"));
                    break;
                case ServerAnswer<LogAppendResponse>.Unreachable:
                    await backoff.WaitAsync(stop);
                    break;
                case ServerAnswer<LogAppendResponse>.Refused no:
                    Refuse(stream, no.Message);
                    break;
                default:
                    lost();
                    return false;
            }
        }

        return true;
    }

    private void Refuse(LogStream stream, string why)
    {
        refused.Add(stream.Number);
        report(string.Create(CultureInfo.InvariantCulture, $"Execution {job.ExecutionId}: the rest of log stream {stream.Number} cannot be stored: {why}"));
    }
}
