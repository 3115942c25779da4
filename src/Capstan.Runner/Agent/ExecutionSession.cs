using System.Text;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Caches;
using Capstan.Runner.Checkout;
using Capstan.Runner.Jobs;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Agent;

/// <summary>
/// One execution from its message to the server's acknowledgement of its end: runs the job, and at the same time renews the lease, reports steps and uploads
/// logs. The job goes on while the server is away; only "lost" ends it.
/// </summary>
internal sealed class ExecutionSession : IJobObserver, IDisposable
{
    /// <summary>After the second signal: the way down of a cancelled job and a moment to tell the server.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(20);

    private readonly ServerConnection server;
    private readonly JobMessage job;
    private readonly RunnerAgentSettings settings;
    private readonly RunnerRegistration registration;
    private readonly RepositorySpares spares;
    private readonly string folder;
    private readonly string tools;
    private readonly string actions;
    private readonly CancellationTokenSource cancel = new();
    private readonly CancellationTokenSource kill = new();
    private readonly ExecutionLog log;
    private readonly StepReporter reporter;
    private readonly JobServer inItsName;
    private readonly SummaryReporter summaries;
    private string? cancelReason;
    private volatile bool completing;

    public ExecutionSession(ServerConnection server, JobMessage job, RunnerAgentSettings settings, RunnerRegistration registration, WorkFolders folders, RepositorySpares spares)
    {
        this.server = server;
        this.job = job;
        this.settings = settings;
        this.registration = registration;
        this.spares = spares;
        folder = folders.Of(job);
        tools = folders.Tools;
        actions = folders.Actions;
        log = new ExecutionLog(Path.Combine(folder, "log"));
        summaries = new SummaryReporter(server, job, NewBackoff(), Lose, settings.Report);
        inItsName = new JobServer(job, settings.Clock, text => log.Append(0, settings.Clock.GetUtcNow(), Encoding.UTF8.GetBytes(text)));
        reporter = new StepReporter(server, job, settings.Clock, NewBackoff(), Lose);
    }

    /// <summary>Never throws for what a job or a server does.</summary>
    public async Task RunAsync()
    {
        using var ended = new CancellationTokenSource();
        using var hurry = settings.Clock.CreateTimer(_ => Kill(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        using var onCancelJobs = settings.CancelJobs.Register(() =>
        {
            Cancel("the runner is shutting down");
            hurry.Change(ShutdownLimit, Timeout.InfiniteTimeSpan);
        });
        var uploader = new LogUploader(server, job, log, settings.Clock, NewBackoff(), Lose, settings.Report);
        var renewal = new LeaseRenewal(server, job, settings.Clock, NewBackoff(), Cancel, Lose);
        var renewing = Quiet(renewal.RunAsync(ended.Token));
        var reporting = Quiet(reporter.RunAsync(ended.Token));
        var uploading = Quiet(uploader.RunAsync(kill.Token));

        try
        {
            var result = await ExecuteAsync();
            if (!kill.IsCancellationRequested)
            {
                uploader.Finish();
                await uploading;
            }

            if (!kill.IsCancellationRequested) await Quiet(summaries.SendAllAsync(kill.Token));
            if (!kill.IsCancellationRequested) await CompleteAsync(result, uploader);
        }
        finally
        {
            // Also after a bug of ours: a lease that is renewed for nobody would keep the execution for ever.
            await ended.CancelAsync();
        }

        await Task.WhenAll(renewing, reporting, uploading);
    }

    public void StepsBegin() => reporter.Begin();

    public void BeforeFirstProcess(CancellationToken kill) => reporter.WaitForStart(kill);

    public void StepChanged(StepReport step) => reporter.Changed(step);

    public void Log(int step, DateTimeOffset time, ReadOnlySpan<byte> line) => log.Append(step, time, line);

    public void AnnotationAdded(Annotation annotation) => reporter.Added(annotation);

    public void SummaryAdded(int step, string markdown) => summaries.Add(step, markdown);

    public void Dispose()
    {
        log.Dispose();
        reporter.Dispose();
        inItsName.Dispose();
        cancel.Dispose();
        kill.Dispose();
    }

    private async Task<JobResult> ExecuteAsync()
    {
        try
        {
            return await JobRunner.RunAsync(JobOrders.Of(job), this, JobSettings(), cancel.Token);
        }
        catch (Exception error)
        {
            // A definition that cannot be read, a full disk, a bug: whatever it is, the server must hear that the job has ended.
            settings.Report($"Execution {job.ExecutionId}: {error}");
            return new JobResult
            {
                Conclusion = Conclusion.Failure,
                Reason = "The runner could not execute the job: " + error.Message,
                Outputs = new Dictionary<string, string>(StringComparer.Ordinal),
                Steps = [],
                Annotations = [],
            };
        }
    }

    private JobRunnerSettings JobSettings()
    {
        var repository = RepositoryName();
        return new JobRunnerSettings
        {
            Workspace = Path.Combine(folder, repository, repository),
            Temp = Path.Combine(folder, "_temp"),
            ToolCache = tools,
            Spares = spares.Of(Repository()),
            RunnerName = registration.Name,
            Checkout = new GitCheckout(),
            Artifacts = new ServerArtifacts(inItsName),
            Caches = new ServerCaches(inItsName),
            Actions = settings.Actions with { FromServer = true, Upstream = job.ActionsUpstream, Cache = actions },
            Machine = settings.Machine,
            BaseEnvironment = settings.BaseEnvironment,
            Clock = settings.Clock,
            Kill = kill.Token,
        };
    }

    /// <summary>Sends the end until the server has it, has given the execution away, or the agent is told to hurry.</summary>
    private async Task CompleteAsync(JobResult result, LogUploader uploader)
    {
        var tails = uploader.Tails();
        var request = new CompleteRequest(
            result.Conclusion,
            result.Reason ?? (result.Conclusion == Conclusion.Cancelled ? cancelReason : null),
            result.Outputs,
            result.Steps,
            result.Annotations,
            uploader.Lengths(tails),
            tails.Count == 0 ? null : tails,
            result.EnvironmentUrl);
        var backoff = NewBackoff();
        completing = true;
        while (!kill.IsCancellationRequested)
        {
            try
            {
                switch (await server.CompleteAsync(job, request, kill.Token))
                {
                    case ServerAnswer<bool>.Unreachable when !settings.CancelJobs.IsCancellationRequested:
                        await backoff.WaitAsync(kill.Token);
                        break;
                    case ServerAnswer<bool>.Refused { Code: ErrorCodes.LogOffsetMismatch } when request.LogTails is not null:
                        // The server has less than it acknowledged, or a full log, or knows of no tails: it says so itself when the rest comes by itself.
                        await uploader.SendAllAsync(kill.Token);
                        request = request with { LogTails = null, LogLengths = log.Acknowledged };
                        break;
                    case ServerAnswer<bool>.Refused { Code: ErrorCodes.LogOffsetMismatch } refused when request.LogLengths.Count > 0:
                        // Bytes it acknowledged are gone there, and here: the job's result is worth more than the gap in its log.
                        settings.Report($"Execution {job.ExecutionId}: part of its log is missing at the server: {refused.Message}");
                        request = request with { LogLengths = new Dictionary<int, long>() };
                        break;
                    case ServerAnswer<bool>.Refused refused:
                        settings.Report($"Execution {job.ExecutionId}: the server does not take its end: {refused.Message} ({refused.Code})");
                        return;
                    default:
                        return;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Cancel(string? reason)
    {
        Interlocked.CompareExchange(ref cancelReason, reason, comparand: null);
        cancel.Cancel();
    }

    /// <summary>While the end is on its way, a renewal may hear of it before we do: the answer to the end itself says what is true.</summary>
    private void Lose()
    {
        if (completing) return;
        settings.Report($"Execution {job.ExecutionId} was given to another runner or has ended: it is stopped here");
        Kill();
    }

    private void Kill()
    {
        try
        {
            kill.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The session ended in the same moment.
        }
    }

    /// <summary>Empty where the message does not say it.</summary>
    private string Repository() => job.Contexts.ValueKind == JsonValueKind.Object && job.Contexts.TryGetProperty("github", out var github)
        && github.TryGetProperty("repository", out var repository) ? repository.GetString() ?? "" : "";

    private string RepositoryName()
    {
        var name = Path.GetFileName(Repository());
        return name.Length == 0 || name is "." or ".." or "log" or "_temp" or "_actions" ? "workspace" : name;
    }

    private Backoff NewBackoff() => new(settings.Clock, registration.RunnerId);

    /// <summary>The side loops end by cancellation; that is no error.</summary>
    private static async Task Quiet(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // Asked to end.
        }
    }
}
