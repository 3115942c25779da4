using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Jobs;

/// <summary>Executes jobs on this machine.</summary>
public static class JobRunner
{
    /// <summary>
    /// Runs one job to its end on a thread of its own. A job's failure is a result, never an exception; so is a workspace that cannot be written.
    /// <paramref name="cancel"/> ends the running step (interrupt, 7.5 s, terminate, 2.5 s, kill); steps whose condition still holds then run.
    /// </summary>
    public static Task<JobResult> RunAsync(JobMessage message, IJobObserver observer, JobRunnerSettings settings, CancellationToken cancel) =>
        Task.FromResult(new JobResult { Conclusion = Conclusion.Failure, Outputs = new Dictionary<string, string>(), Steps = [], Annotations = [] });
}
