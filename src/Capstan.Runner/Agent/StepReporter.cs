using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>
/// Tells the server that the job begins, and which steps began and ended. That it begins is said as soon as its actions are there, and its acknowledgement is awaited
/// before the job's first process exists: as long as the server knows of no start it may give the execution to another runner, and nothing may have happened by then.
/// The request travels while folders and the step's script are made, so it costs hardly any time of its own. Reports of steps gather for a moment; the last ones go
/// with the completion, and those of a job that is shorter than the moment do, too.
/// </summary>
internal sealed class StepReporter(ServerConnection server, JobMessage job, TimeProvider clock, Backoff backoff, Action lost) : IDisposable
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Dictionary<int, StepReport> changed = [];
    private readonly List<Annotation> annotations = [];
    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Without spinning: the answer takes longer than any spin, and the time is the server's.
    private readonly ManualResetEventSlim startAcknowledged = new(initialState: false, spinCount: 0);

    public void Changed(StepReport report)
    {
        lock (gate) changed[report.Number] = report;
        Signal();
    }

    public void Added(Annotation annotation)
    {
        lock (gate) annotations.Add(annotation);
        Signal();
    }

    /// <summary>From here on the job's steps may begin.</summary>
    public void Begin()
    {
        begun.TrySetResult();
        Signal();
    }

    /// <summary>Blocks the job's thread until the server knows that the job has started.</summary>
    public void WaitForStart(CancellationToken giveUp)
    {
        try
        {
            startAcknowledged.Wait(giveUp);
        }
        catch (OperationCanceledException)
        {
            // The job is being killed; it will not start its process.
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await wake.WaitAsync(stop);
            var gathered = Task.Delay(Gather, clock, stop);
            if (!startAcknowledged.IsSet && await Task.WhenAny(begun.Task, gathered) == begun.Task)
            {
                if (!await SendAsync(new StepsRequest([], [], Started: true), stop)) return;
                startAcknowledged.Set();
            }

            await gathered;
            if (Take() is { } request && !await SendAsync(request, stop)) return;
        }
    }

    public void Dispose()
    {
        wake.Dispose();
        startAcknowledged.Dispose();
    }

    /// <returns>False when the execution was lost or the server refuses reports.</returns>
    private async Task<bool> SendAsync(StepsRequest request, CancellationToken stop)
    {
        while (true)
        {
            switch (await server.ReportStepsAsync(job, request, stop))
            {
                case ServerAnswer<bool>.Done:
                    backoff.Reset();
                    return true;
                case ServerAnswer<bool>.Unreachable:
                    await backoff.WaitAsync(stop);
                    break;
                default:
                    // Refused for good: without knowing that the server knows, no process may start.
                    lost();
                    return false;
            }
        }
    }

    private StepsRequest? Take()
    {
        lock (gate)
        {
            if (changed.Count == 0 && annotations.Count == 0) return null;
            var request = new StepsRequest([.. changed.Values.OrderBy(r => r.Number)], [.. annotations]);
            changed.Clear();
            annotations.Clear();
            return request;
        }
    }

    private void Signal()
    {
        lock (gate)
        {
            if (wake.CurrentCount == 0) wake.Release();
        }
    }
}
