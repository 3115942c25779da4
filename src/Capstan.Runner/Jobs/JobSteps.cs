using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Jobs;

/// <summary>Runs a job's own steps one after the other and reports each.</summary>
internal static class JobSteps
{
    public static void Run(JobState job)
    {
        var number = 0;
        foreach (var step in job.Plan.Job.Steps)
        {
            if (job.Cancellation.Killed) return;
            RunOne(job, step, ++number);
        }
    }

    private static void RunOne(JobState job, StepDefinition step, int number)
    {
        using var stop = new StopSignal();
        var log = new StepLog(number, job.Observer, job.Masks, job.Settings.Clock);
        var frame = new StepFrame(job, job.Scope, step, step.Id, number, log, stop);
        DateTimeOffset? began = null;
        var name = StepExecutor.NameOf(frame);
        job.Cancellation.Enter(stop);
        StepEnd end;
        try
        {
            end = StepExecutor.Run(frame, () =>
            {
                began = job.Settings.Clock.GetUtcNow();
                job.Report(new StepReport(number, name, Status.InProgress, Conclusion: null, Outcome: null, began, CompletedAt: null));
            });
        }
        finally
        {
            job.Cancellation.Leave();
        }

        var now = job.Settings.Clock.GetUtcNow();
        job.Report(new StepReport(number, name, Status.Completed, end.Conclusion, end.Outcome, began, now < began ? began : now, ParallelGroup: null, end.Why));
    }
}
