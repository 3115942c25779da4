using System.Globalization;
using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Files;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows;

namespace Capstan.Runner.Jobs;

/// <summary>
/// One job from its first line to its result: :: 1 refuse what cannot be executed, :: 2 prepare folders, time limit and env, :: 3 find its actions and run the steps,
/// :: 4 evaluate the outputs and the environment's address, :: 5 end what is left running and remove the temporary folders.
/// </summary>
internal sealed class JobExecution(JobState job)
{
    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes</summary>
    private const double DefaultTimeoutMinutes = 360;

    /// <summary>How long steps may run after a cancellation. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation</summary>
    private const double DefaultCancelTimeoutMinutes = 5;

    /// <summary>35 days: a timer takes no more than 49.</summary>
    internal const double LongestMinutes = 35 * 24 * 60;

    private ITimer? afterCancellation;
    private double timeoutMinutes;
    private double cancelTimeoutMinutes;

    public JobResult Run()
    {
        ITimer? limit = null;
        try
        {
            if (Refusals() is { Count: > 0 } refusals)
            {
                job.Write(refusals, step: 0, job.Log);
                return NotStarted(refusals);
            }

            // As early as possible, so that what it makes known travels while folders are made. Where there is a set-up, its end is the moment.
            if (!job.Actions.NeedSetUp) job.Observer.StepsBegin();
            Prepare(out limit);
            job.Cancellation.WhenCancelled(LimitTheRest);
            return new JobSteps(job).Run() is { Count: > 0 } problems && !job.Cancellation.Cancelled ? NotStarted(problems) : Result(Outputs(), EnvironmentAddress.Of(job));
        }
        catch (StepFailure failure)
        {
            return Fail(failure.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(error.Message);
        }
        finally
        {
            limit?.Dispose();
            afterCancellation?.Dispose();
            CleanUp();
        }
    }

    /// <summary>Everything of the job that this runner does not execute yet, each with its place.</summary>
    private List<Diagnostic> Refusals()
    {
        var found = new List<Diagnostic>();
        foreach (var (key, place) in job.Plan.Job.NotYetExecuted)
        {
            found.Add(new Diagnostic(job.Plan.File, place, Severity.Error, "not-yet-executed", $"'{key}' is not executed yet, and the job cannot do without it"));
        }

        foreach (var step in job.Plan.Job.EachStep)
        {
            if (step.Uses is { } uses && EarlyProblem(uses) is { } problem)
            {
                found.Add(new Diagnostic(job.Plan.File, step.UsesPlace.IsKnown ? step.UsesPlace : step.Place, Severity.Error, "not-yet-executed", problem));
            }
        }

        return found;
    }

    /// <summary>A step's action that is in the workspace already, and that this runner cannot execute.</summary>
    private string? EarlyProblem(string uses) => job.Actions.FindEarly(uses) switch
    {
        ActionFound.NotExecuted not => not.Message,
        ActionFound.JavaScript script when job.Node is null => JavaScriptAction.WithoutNode(uses, script),
        _ => null,
    };

    private JobResult NotStarted(IReadOnlyList<Diagnostic> problems) =>
        new() { Conclusion = Conclusion.Failure, Reason = problems[0].ToString(), Outputs = NoOutputs, Steps = job.Reports, Annotations = job.Annotations.All };

    private static Dictionary<string, string> NoOutputs => new(StringComparer.Ordinal);

    private void Prepare(out ITimer? limit)
    {
        var settings = job.Settings;
        Directory.CreateDirectory(settings.Workspace);
        job.WorkspaceWithoutLinks = Posix.RealPath(settings.Workspace) ?? settings.Workspace;
        // A job that was kept may have been killed while a step wrote there.
        if (settings.Resume is not null) _ = FolderRemoval.Remove(job.CommandFilesFolder);
        Directory.CreateDirectory(settings.ToolCache);
        job.Files.Begin(settings.Spares);

        var before = new StepContexts(job, job.Scope, action: "", new Dictionary<string, string>(StringComparer.Ordinal));
        var reader = new TokenReader(job.Plan.File, before);
        foreach (var name in settings.Env.Keys) job.Variables.Set(name, settings.Env[name]);
        foreach (var (name, value) in reader.Map(job.Plan.WorkflowEnv)) job.Variables.Set(name, value);
        foreach (var (name, value) in reader.Map(job.Plan.Job.Env)) job.Variables.Set(name, value);

        job.Memory.Begin();

        timeoutMinutes = reader.Number(job.Plan.Job.TimeoutMinutes) ?? DefaultTimeoutMinutes;
        cancelTimeoutMinutes = reader.Number(job.Plan.Job.CancelTimeoutMinutes) ?? DefaultCancelTimeoutMinutes;
        limit = timeoutMinutes > 0 ? TimerOf(timeoutMinutes, static state => ((JobCancellation)state!).Cancel(timeIsOver: true)) : null;
    }

    /// <summary>No time at all is kept without a timer, which a step that begins at once could outrun.</summary>
    private void LimitTheRest()
    {
        if (cancelTimeoutMinutes > 0) afterCancellation = TimerOf(cancelTimeoutMinutes, static state => ((JobCancellation)state!).Kill());
        else job.Cancellation.Kill();
    }

    private ITimer TimerOf(double minutes, TimerCallback callback) =>
        job.Settings.Clock.CreateTimer(callback, job.Cancellation, TimeSpan.FromMinutes(Math.Clamp(minutes, 0, LongestMinutes)), Timeout.InfiniteTimeSpan);

    /// <summary>Outputs that are empty or hold a secret are left out, as on GitHub.</summary>
    private Dictionary<string, string> Outputs()
    {
        var outputs = NoOutputs;
        if (job.Plan.Job.Outputs is null || job.Cancellation.Killed) return outputs;
        var contexts = new StepContexts(job, job.Scope, action: "", new Dictionary<string, string>(StringComparer.Ordinal));
        var length = 0L;
        foreach (var (name, value) in new TokenReader(job.Plan.File, contexts).Map(job.Plan.Job.Outputs))
        {
            if (value.Length == 0) continue;
            if (job.Masks.Mask(value) != value)
            {
                job.Log.Write($"##[warning]Skip output '{name}' since it may contain secret.");
                job.Annotations.Add(0, Annotations.Warning, $"Skip output '{name}' since it may contain secret.");
                continue;
            }

            length += value.Length;
            outputs[name] = value;
        }

        return length <= StepRecord.MaxOutputLength
            ? outputs
            : throw new StepFailure(string.Create(
                CultureInfo.InvariantCulture, $"The outputs of a job may have {StepRecord.MaxOutputLength / 1024}k together; this job has {length / 1024}k."));
    }

    private JobResult Result(Dictionary<string, string> outputs, string? environmentUrl)
    {
        var cancellation = job.Cancellation;
        var reason = (string?)null;
        var conclusion = job.Status;
        if (cancellation.TimedOut)
        {
            conclusion = Conclusion.TimedOut;
            reason = string.Create(
                CultureInfo.InvariantCulture, $"The job running on runner {job.Settings.RunnerName} has exceeded the maximum execution time of {timeoutMinutes} minutes.");
            job.Log.Write("##[error]" + reason);
            job.Annotations.Add(0, Annotations.Failure, reason);
        }
        else if (conclusion == Conclusion.Failure)
        {
            var failed = job.Reports.FirstOrDefault(r => r.Conclusion == Conclusion.Failure);
            reason = failed is null ? null : $"The step '{failed.Name}' failed";
        }

        return new JobResult
        {
            Conclusion = conclusion,
            Reason = reason,
            Outputs = outputs,
            EnvironmentUrl = environmentUrl,
            Steps = job.Reports,
            Annotations = job.Annotations.All,
        };
    }

    private JobResult Fail(string message)
    {
        job.Log.Write("##[error]" + message);
        job.Annotations.Add(0, Annotations.Failure, job.Masks.Mask(message));
        return new JobResult { Conclusion = Conclusion.Failure, Reason = job.Masks.Mask(message), Outputs = NoOutputs, Steps = job.Reports, Annotations = job.Annotations.All };
    }

    private void CleanUp()
    {
        var end = job.Processes.End();
        foreach (var (id, name) in end.Killed) job.Log.Write(string.Create(CultureInfo.InvariantCulture, $"Terminate orphan process: pid ({id}) ({name})"));
        if (job.Settings.KeepTemp) return;
        var isLeft = job.Settings.Spares is { } spares && end.NoneLeft && job.Files.TryLeaveTo(spares);
        if (!isLeft && FolderRemoval.Remove(job.Settings.Temp) is { } left) job.Log.Write("##[warning]The temporary folder could not be removed: " + left);
        if (FolderRemoval.Remove(job.ActionsFolder) is { } actions) job.Log.Write("##[warning]The folder of actions could not be removed: " + actions);
    }
}
