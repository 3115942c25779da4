using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Processes;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;

namespace Capstan.Runner.Jobs;

/// <summary>
/// A job's steps in their order, each reported under a number of its own: :: 1 "Set up job", where there are actions to find, :: 2 what actions do before the first step,
/// :: 3 the steps of the file, one after the other, :: 4 what actions do after the last step, the last first.
/// </summary>
internal sealed class JobSteps(JobState job)
{
    private int number;

    /// <returns>What keeps the job from starting; empty when its steps ran.</returns>
    public IReadOnlyList<Diagnostic> Run()
    {
        if (job.Actions.NeedSetUp)
        {
            var problems = SetUp(++number);
            if (problems.Count > 0 || job.Cancellation.Cancelled) return problems;
            job.Observer.StepsBegin();
        }

        var steps = job.Plan.Job.Steps;
        foreach (var step in steps.Where(step => step.Uses is not null && job.Actions.HasPre(step.Uses, from: null)))
        {
            RunOne(job.Scope, step, step.Id, StepStage.Pre);
        }

        foreach (var step in steps) RunOne(job.Scope, step, step.Id, StepStage.Main);
        foreach (var post in job.Scope.Uses.Posts.LastFirst) RunOne(post.Scope, post.Step, post.Action, StepStage.Post);
        return [];
    }

    private List<Diagnostic> SetUp(int setUp)
    {
        var began = job.Settings.Clock.GetUtcNow();
        job.Report(new StepReport(setUp, Protocol.SetUpName, Status.InProgress, Conclusion: null, Outcome: null, began, CompletedAt: null));
        var log = new StepLog(setUp, job.Observer, job.Masks, job.Settings.Clock);
        log.Write($"Runner name: '{job.Settings.RunnerName}'\nPrepare all required actions");
        job.Actions.SetUp(log);
        var problems = new List<Diagnostic>();
        foreach (var step in job.Plan.Job.Steps)
        {
            if (step.Uses is { } uses && job.Actions.Problem(uses) is { } problem) problems.Add(new Diagnostic(job.Plan.File, step.UsesPlace, Severity.Error, "action", problem));
        }

        if (!job.Cancellation.Cancelled) job.Write(problems, setUp, log);
        var conclusion = job.Cancellation.Cancelled ? Conclusion.Cancelled : problems.Count > 0 ? Conclusion.Failure : Conclusion.Success;
        job.Report(new StepReport(setUp, Protocol.SetUpName, Status.Completed, conclusion, conclusion, began, Later(began)));
        return problems;
    }

    private void RunOne(StepScope scope, StepDefinition step, string action, StepStage stage)
    {
        if (job.Cancellation.Killed) return;
        var own = ++number;
        using var stop = new StopSignal();
        var log = new StepLog(own, job.Observer, job.Masks, job.Settings.Clock);
        var frame = new StepFrame(job, scope, step, action, own, log, stop, stage);
        DateTimeOffset? began = null;
        string? name = null;
        job.Cancellation.Enter(stop);
        StepEnd end;
        try
        {
            end = StepExecutor.Run(frame, () =>
            {
                began = job.Settings.Clock.GetUtcNow();
                name = StepExecutor.NameOf(frame);
                job.Report(new StepReport(own, name, Status.InProgress, Conclusion: null, Outcome: null, began, CompletedAt: null));
            });
        }
        finally
        {
            job.Cancellation.Leave();
        }

        name ??= StepExecutor.NameOf(frame);
        job.Report(new StepReport(own, name, Status.Completed, end.Conclusion, end.Outcome, began, Later(began), ParallelGroup: null, end.Why));
    }

    private DateTimeOffset? Later(DateTimeOffset? began)
    {
        var now = job.Settings.Clock.GetUtcNow();
        return now < began ? began : now;
    }
}
