using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Capstan.Contracts.V1;
using Capstan.Contracts;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Runs;

namespace Capstan.Server.Logs;

/// <summary>A job's log as it grows, as server-sent events: <c>log</c> with lines, <c>ping</c> when nothing happened for a while, and <c>end</c>.</summary>
public sealed class LogEvents(JobLogs jobs, LogReader reader, WakeUps wakeUps, TimeProvider clock)
{
    public const string LogType = "log";
    public const string EndType = "end";
    public const string PingType = "ping";

    /// <summary>Lines of one event: a viewer of a log that is already long gets it in pieces it can draw.</summary>
    public const int MaxLinesPerEvent = 2_000;

    /// <summary>What comes within this time is sent together: a log of a thousand chunks a second must not mean a thousand looks a second for each viewer.</summary>
    private static readonly TimeSpan MergeFor = TimeSpan.FromMilliseconds(50);

    /// <summary>Goes on after <paramref name="lastEventId"/>; ends with the event <c>end</c>, or when the job is gone.</summary>
    public async IAsyncEnumerable<SseItem<string>> FollowAsync(
        RepositoryId repository, JobLog job, string? lastEventId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursor = LogCursor.Parse(lastEventId);
        using var runChanges = wakeUps.Subscribe(RunChannels.Of(job.Run));
        WakeUp? growth = null;
        var lastSent = clock.GetUtcNow();
        try
        {
            while (true)
            {
                if (job.Execution is { } execution)
                {
                    if (growth is null || cursor.Execution != execution.Value)
                    {
                        growth?.Dispose();
                        growth = wakeUps.Subscribe(LogStreams.Channel(execution));
                        cursor.TurnTo(execution.Value);
                    }

                    await foreach (var item in NewLinesAsync(execution, cursor, job.HasEnded, cancellationToken))
                    {
                        yield return item;
                        lastSent = clock.GetUtcNow();
                    }
                }

                if (job.Conclusion is { } conclusion)
                {
                    yield return new SseItem<string>(JsonSerializer.Serialize(new LogEndEvent(conclusion), ContractsJson.Default.LogEndEvent), EndType) { EventId = cursor.ToString() };
                    yield break;
                }

                if (clock.GetUtcNow() - lastSent > EventStreams.PingInterval)
                {
                    yield return new SseItem<string>("{}", PingType);
                    lastSent = clock.GetUtcNow();
                }

                await Task.Delay(MergeFor, TimeProvider.System, cancellationToken);
                await WaitAsync(runChanges, growth, cancellationToken);

                // The job first, its lines second: once it is seen as ended, all of its lines are there.
                if (await jobs.FindAsync(repository, job.Job, cancellationToken) is not { } now)
                    yield break;
                job = now;
            }
        }
        finally
        {
            growth?.Dispose();
        }
    }

    private async IAsyncEnumerable<SseItem<string>> NewLinesAsync(
        ExecutionId execution, LogCursor cursor, bool hasEnded, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var stream in await reader.StreamsAsync(execution, cancellationToken))
        {
            // At the end there may be one line more than line ends.
            while (cursor[stream.Stream] < stream.Lines + (hasEnded ? 1 : 0))
            {
                var from = cursor[stream.Stream];
                var read = await reader.ReadLinesAsync(execution, stream.Stream, from, MaxLinesPerEvent, hasEnded, cancellationToken);
                if (read.Lines.Count == 0)
                    break;
                cursor[stream.Stream] = from + read.Lines.Count;
                var lines = new LogLinesEvent(execution.Value, stream.Stream, from + 1, read.Lines);
                yield return new SseItem<string>(JsonSerializer.Serialize(lines, ContractsJson.Default.LogLinesEvent), LogType) { EventId = cursor.ToString() };
            }
        }
    }

    private static async Task WaitAsync(WakeUp runChanges, WakeUp? growth, CancellationToken cancellationToken)
    {
        if (growth is null)
        {
            await runChanges.WaitAsync(WakeUps.LookAgainAfter, cancellationToken);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waits = new[] { runChanges.WaitAsync(WakeUps.LookAgainAfter, either.Token), growth.WaitAsync(WakeUps.LookAgainAfter, either.Token) };
        await Task.WhenAny(waits);
        await either.CancelAsync();
        await Task.WhenAll(waits).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
