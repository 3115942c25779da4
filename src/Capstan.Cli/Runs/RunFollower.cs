using System.Collections.Concurrent;
using System.Text.Json;
using Capstan.Cli.Client;
using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.V1;

namespace Capstan.Cli.Runs;

/// <summary>Prints a run's log while it runs, all jobs at once, until it has ended. One instance a run.</summary>
internal sealed class RunFollower(ApiClient client, string repository, CommandContext context, bool withTimes)
{
    private readonly LogPrinter printer = new(context.Terminal, withTimes);
    private readonly ConcurrentDictionary<long, Task> jobs = new();
    private readonly Dictionary<long, (Status Status, Conclusion? Conclusion)> told = [];

    /// <returns>The run as it ended.</returns>
    public async Task<RunResponse> FollowAsync(long run, CancellationToken cancel)
    {
        RunResponse? last = null;
        var events = EventStream.FollowAsync(client, _ => $"{repository}/runs/{run}/events", item => Read(item) is { Status: Status.Completed }, context.Clock, cancel);
        await foreach (var item in events)
        {
            if (Read(item) is not { } now)
            {
                continue;
            }

            last = now;
            foreach (var job in now.Jobs ?? [])
            {
                Tell(job);
                if (job.Execution is not null)
                {
                    _ = jobs.GetOrAdd(job.Id, id => FollowJobAsync(id, now.Jobs!.Count > 1 ? job.Name : "", cancel));
                }
            }
        }

        await Task.WhenAll(jobs.Values);
        return last ?? throw new InvalidOperationException("The run's events ended without its state.");
    }

    private static RunResponse? Read(System.Net.ServerSentEvents.SseItem<string> item) =>
        item.EventType == "run" ? JsonSerializer.Deserialize(item.Data, ContractsJson.Default.RunEventResponse)!.Run : null;

    /// <summary>Says once what a job waits for or how it ended without a log.</summary>
    private void Tell(JobResponse job)
    {
        if (told.TryGetValue(job.Id, out var before) && before == (job.Status, job.Conclusion))
        {
            return;
        }

        told[job.Id] = (job.Status, job.Conclusion);
        if (job.Status != Status.InProgress && !(job.Status == Status.Completed && job.Execution is not null))
        {
            var state = StateText.Of(job.Status, job.Conclusion);
            context.Terminal.Line(context.Terminal.Paint(Tone.Quiet, $"{state.Sign} {job.Name}: {state.Words}{(job.Reason is { Length: > 0 } why ? $" ({why})" : "")}"));
        }
    }

    private async Task FollowJobAsync(long job, string prefix, CancellationToken cancel)
    {
        var current = (Execution: 0L, Stream: -1);
        var names = new Dictionary<int, string>();
        var events = EventStream.FollowAsync(
            client,
            lastId => $"{repository}/jobs/{job}/log-events{(lastId is null ? "" : $"?after={Uri.EscapeDataString(lastId)}")}",
            item => item.EventType == "end",
            context.Clock,
            cancel);
        await foreach (var item in events)
        {
            if (item.EventType != "log")
            {
                continue;
            }

            var lines = JsonSerializer.Deserialize(item.Data, ContractsJson.Default.LogLinesEvent)!;
            if (current != (lines.Execution, lines.Stream))
            {
                current = (lines.Execution, lines.Stream);
                if (lines.Stream > 0)
                {
                    var name = await StepNameAsync(job, lines.Stream, names, cancel);
                    context.Terminal.Line($"{(prefix.Length > 0 ? context.Terminal.Paint(Tone.Active, $"{prefix} │ ") : "")}{context.Terminal.Paint(Tone.Strong, $"── {name}")}");
                }
            }

            foreach (var line in lines.Lines)
            {
                printer.Print(prefix, line);
            }
        }
    }

    private async Task<string> StepNameAsync(long job, int number, Dictionary<int, string> names, CancellationToken cancel)
    {
        if (!names.ContainsKey(number))
        {
            foreach (var step in (await RunQueries.FindJobAsync(client, repository, job, cancel)).Steps ?? [])
            {
                names[step.Number] = step.Name;
            }
        }

        return names.GetValueOrDefault(number, $"Step {number}");
    }
}
