using Capstan.Contracts.RunnerProtocol;
using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Jobs;

/// <summary>Executes jobs on this machine.</summary>
public static class JobRunner
{
    /// <summary>
    /// Runs one job to its end on a thread of its own, so that steps can wait in system calls. A job's failure is a result, never an exception; so is a workspace that
    /// cannot be written. <paramref name="cancel"/> ends the running step (interrupt, 7.5 s, terminate, 2.5 s, kill) unless its condition still holds; later steps
    /// whose condition holds then run.
    /// </summary>
    public static Task<JobResult> RunAsync(JobMessage message, IJobObserver observer, JobRunnerSettings settings, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<JobResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                done.SetResult(Run(message, observer, settings, cancel));
            }
            catch (Exception error)
            {
                // A bug, or an outage of the observer: the caller's to report. Nothing may end the process from this thread.
                done.SetException(error);
            }
        })
        {
            IsBackground = true,
            Name = "job " + message.JobName,
        };
        thread.Start();
        return done.Task;
    }

    private static JobResult Run(JobMessage message, IJobObserver observer, JobRunnerSettings settings, CancellationToken cancel)
    {
        var cancellation = new JobCancellation();
        using var onCancel = cancel.Register(() => cancellation.Cancel(timeIsOver: false));
        using var onKill = settings.Kill.Register(cancellation.Kill);
        using var job = new JobState(message, JobContent.Read(message.Definition), observer, settings, cancellation);
        return new JobExecution(job).Run();
    }
}
