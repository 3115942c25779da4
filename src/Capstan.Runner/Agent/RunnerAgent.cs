using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Agent;

/// <summary>
/// Takes jobs from a server and executes them until it is asked to stop. One poll waits for work while a slot is free; heartbeats tell the server that this
/// runner lives; every job has its own <see cref="ExecutionSession"/>.
/// </summary>
public sealed class RunnerAgent : IDisposable
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);
    private static readonly int PollSeconds = (int)Protocol.LongestWait.TotalSeconds;

    private readonly RunnerAgentSettings settings;
    private readonly RunnerRegistration registration;
    private readonly ServerConnection server;
    private readonly WorkFolders folders;
    private readonly RepositorySpares spares;
    private readonly CancellationTokenSource stop;
    private readonly SemaphoreSlim freeSlots;
    private readonly Lock gate = new();
    private readonly Dictionary<Task, long> running = [];
    private RunnerAgentEnd end = RunnerAgentEnd.Drained;
    private bool reportedUnreachable;

    private RunnerAgent(RunnerAgentSettings settings, RunnerRegistration registration, ServerConnection server, WorkFolders folders, CancellationTokenSource stop)
    {
        this.settings = settings;
        this.registration = registration;
        this.server = server;
        this.folders = folders;
        spares = new RepositorySpares(folders.Spares);
        this.stop = stop;
        freeSlots = new SemaphoreSlim(settings.Slots, settings.Slots);
    }

    /// <param name="drain">Takes no new jobs from now on; the task ends when the running ones have. Jobs are cancelled by <see cref="RunnerAgentSettings.CancelJobs"/>.</param>
    /// <exception cref="IOException">The work folder cannot be used.</exception>
    public static async Task<RunnerAgentEnd> RunAsync(RunnerAgentSettings settings, CancellationToken drain)
    {
        if (RunnerRegistration.Read(settings.RegistrationFile) is not { } registration) return RunnerAgentEnd.NoRegistration;
        var folders = new WorkFolders(settings.WorkFolder);
        using var onlyOne = folders.TryLock();
        if (onlyOne is null) return RunnerAgentEnd.FolderInUse;
        folders.RemoveLeftovers();
        using var server = new ServerConnection(registration, settings.Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(drain);
        using var agent = new RunnerAgent(settings, registration, server, folders, stop);
        return await agent.RunAsync();
    }

    public void Dispose() => freeSlots.Dispose();

    private async Task<RunnerAgentEnd> RunAsync()
    {
        settings.Report($"Runner {registration.Name} takes jobs from {registration.ServerUrl}");
        using var ended = new CancellationTokenSource();
        var beating = BeatAsync(ended.Token);
        await PollAsync();
        if (end == RunnerAgentEnd.Drained) await SayWhatIsHeldAsync();
        Task[] rest;
        lock (gate) rest = [.. running.Keys];
        if (rest.Length > 0) settings.Report($"Waiting for {rest.Length} running {(rest.Length == 1 ? "job" : "jobs")}; a second signal cancels");
        await Task.WhenAll(rest);
        await ended.CancelAsync();
        await beating;
        if (FolderRemoval.Remove(folders.Spares) is { } left) settings.Report($"{folders.Spares} could not be removed: {left}");
        return end;
    }

    private async Task PollAsync()
    {
        var backoff = new Backoff(settings.Clock, registration.RunnerId);
        try
        {
            while (true)
            {
                await freeSlots.WaitAsync(stop.Token);
                var taken = false;
                try
                {
                    taken = await PollOnceAsync(backoff);
                }
                finally
                {
                    if (!taken) freeSlots.Release();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Drained, or the server refuses this runner; the field says which.
        }
    }

    /// <returns>Whether a job was taken, which then holds the slot.</returns>
    private async Task<bool> PollOnceAsync(Backoff backoff)
    {
        switch (await server.AcquireAsync(new AcquireRequest(UsedSlots(), PollSeconds), stop.Token))
        {
            case ServerAnswer<JobMessage?>.Done done:
                if (reportedUnreachable) settings.Report("The server is back");
                reportedUnreachable = false;
                backoff.Reset();
                if (done.Value is null) return false;
                Start(done.Value);
                return true;
            case ServerAnswer<JobMessage?>.VersionUnsupported unsupported:
                settings.Report("The server does not serve this runner's version: " + unsupported.Message);
                End(RunnerAgentEnd.VersionUnsupported);
                return false;
            case ServerAnswer<JobMessage?>.NotRegistered:
                settings.Report("The server does not know this runner");
                End(RunnerAgentEnd.NotRegistered);
                return false;
            case ServerAnswer<JobMessage?>.Unreachable gone:
                Unreachable(gone.Message);
                await backoff.WaitAsync(stop.Token);
                return false;
            case ServerAnswer<JobMessage?>.Refused refused:
                Unreachable($"{refused.Message} ({refused.Code})");
                await backoff.WaitAsync(stop.Token);
                return false;
            default:
                return false;
        }
    }

    private void Start(JobMessage job)
    {
        var task = RunJobAsync(job);
        lock (gate)
        {
            running.Add(task, job.ExecutionId);
            _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Forget(Task task)
    {
        lock (gate) running.Remove(task);
    }

    private async Task RunJobAsync(JobMessage job)
    {
        // The poll that brought the job goes on at once.
        await Task.Yield();
        try
        {
            using var session = new ExecutionSession(server, job, settings, registration, folders, spares);
            await session.RunAsync();
        }
        catch (Exception error)
        {
            // A bug of ours must not take the other jobs with it; the lease runs out and the server says "runner lost".
            settings.Report($"Execution {job.ExecutionId}: {error}");
        }

        // Before the slot is free: the disk may have no room for the next job's folder beside this one.
        if (FolderRemoval.Remove(folders.Of(job)) is { } left) settings.Report($"The folder of execution {job.ExecutionId} could not be removed: {left}");
        freeSlots.Release();
    }

    /// <summary>
    /// The poll that was broken off may have had its answer on the way: the job in it would wait for the end of its lease. A server that does not hear this lets it.
    /// </summary>
    private async Task SayWhatIsHeldAsync()
    {
        long[] holding;
        lock (gate) holding = [.. running.Values];
        using var limit = new CancellationTokenSource(FarewellLimit, settings.Clock);
        try
        {
            _ = await server.HeartbeatAsync(new HeartbeatRequest(holding.Length, RegisterRunner.Capabilities(settings.Slots), holding), limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Not worth a longer wait.
        }
    }

    private async Task BeatAsync(CancellationToken ended)
    {
        try
        {
            while (true)
            {
                var request = new HeartbeatRequest(UsedSlots(), RegisterRunner.Capabilities(settings.Slots));
                switch (await server.HeartbeatAsync(request, ended))
                {
                    case ServerAnswer<HeartbeatResponse>.VersionUnsupported:
                        End(RunnerAgentEnd.VersionUnsupported);
                        return;
                    case ServerAnswer<HeartbeatResponse>.NotRegistered:
                        End(RunnerAgentEnd.NotRegistered);
                        return;
                }

                JobProcesses.ReapOrphans();
                await Task.Delay(HeartbeatInterval, settings.Clock, ended);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent has ended.
        }
    }

    private int UsedSlots()
    {
        lock (gate) return running.Count;
    }

    private void Unreachable(string why)
    {
        if (!reportedUnreachable) settings.Report($"The server cannot be reached, trying again until it can: {why}");
        reportedUnreachable = true;
    }

    private void End(RunnerAgentEnd why)
    {
        end = why;
        stop.Cancel();
    }
}
