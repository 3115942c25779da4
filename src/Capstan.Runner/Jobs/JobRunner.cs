using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Jobs;

/// <summary>Executes jobs on this machine.</summary>
public static class JobRunner
{
    /// <summary><see cref="Run"/> on a thread of its own.</summary>
    public static Task<JobResult> RunAsync(JobOrder order, IJobObserver observer, JobRunnerSettings settings, CancellationToken cancel) =>
        JobThread.RunAsync(order.Name, () => Run(order, observer, settings, cancel));

    /// <summary>
    /// Runs one job to its end on the calling thread, which waits in system calls. A job's failure is a result, never an exception; so is a workspace that cannot be written.
    /// <paramref name="cancel"/> ends the running step (interrupt, 7.5 s, terminate, 2.5 s, kill) unless its condition still holds; later steps whose condition holds
    /// then run.
    /// </summary>
    public static JobResult Run(JobOrder order, IJobObserver observer, JobRunnerSettings settings, CancellationToken cancel)
    {
        var cancellation = new JobCancellation();
        using var onCancel = cancel.Register(() => cancellation.Cancel(timeIsOver: false));
        using var onKill = settings.Kill.Register(cancellation.Kill);
        using var job = new JobState(order, observer, settings, cancellation);
        return new JobExecution(job).Run();
    }
}
