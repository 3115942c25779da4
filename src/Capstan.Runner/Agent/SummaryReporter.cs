using System.Text;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>
/// Keeps what the steps of a job write for people, and sends it before the job's end is told. As many steps as a server shows, and as much of each: memory has a limit. Safe from any thread.
/// </summary>
internal sealed class SummaryReporter(ServerConnection server, JobMessage job, Backoff backoff, Action lost, Action<string> report)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, string> bySteps = [];

    /// <summary>Of one step; the steps of a composite action add to each other.</summary>
    public void Add(int step, string markdown)
    {
        lock (gate)
        {
            if (!bySteps.TryGetValue(step, out var before) && bySteps.Count >= Protocol.MaxSummariesPerJob) return;
            bySteps[step] = Cut((before ?? "") + markdown);
        }
    }

    /// <summary>To be called when no more come.</summary>
    public async Task SendAllAsync(CancellationToken stop)
    {
        KeyValuePair<int, string>[] all;
        lock (gate) all = [.. bySteps];
        foreach (var (step, markdown) in all)
        {
            if (!await SendAsync(step, Encoding.UTF8.GetBytes(markdown), stop)) return;
        }
    }

    /// <returns>False when the execution was lost.</returns>
    private async Task<bool> SendAsync(int step, byte[] markdown, CancellationToken stop)
    {
        while (true)
        {
            switch (await server.SendSummaryAsync(job, step, markdown, stop))
            {
                case ServerAnswer<bool>.Done:
                    backoff.Reset();
                    return true;
                case ServerAnswer<bool>.Unreachable:
                    await backoff.WaitAsync(stop);
                    break;
                case ServerAnswer<bool>.Refused refused:
                    report($"Execution {job.ExecutionId}: the summary of step {step} cannot be stored: {refused.Message}");
                    return true;
                default:
                    lost();
                    return false;
            }
        }
    }

    /// <summary>A mask can be longer than what it hides.</summary>
    private static string Cut(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= Protocol.MaxSummaryBytes) return text;
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan(0, Protocol.MaxSummaryBytes);
        while (bytes.Length > 0 && Rune.DecodeLastFromUtf8(bytes, out _, out _) != System.Buffers.OperationStatus.Done) bytes = bytes[..^1];
        return Encoding.UTF8.GetString(bytes);
    }
}
