using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Steps;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Runner.Jobs;

/// <summary>
/// A job's steps in their order, each reported under a number of its own: :: 1 "Set up job", where there are actions to find, :: 2 what actions do before the first step,
/// :: 3 the steps of the file, one after the other but for those in the background, :: 4 the end of those that no step has waited for, :: 5 what actions do after the last
/// step, the last first.
/// </summary>
internal sealed class JobSteps(JobState job)
{
    /// <summary>Before what actions do at the end, nothing may run any more that they could take away.</summary>
    private static readonly StepDefinition WaitForTheRest = new()
    {
        Id = "__wait_for_background",
        Place = default,
        Name = new StringToken(default, "Wait for background steps"),
        If = Condition.Always,
        WaitAll = true,
    };

    private int number;
    private int groups;

    /// <returns>What keeps the job from starting; empty when its steps ran.</returns>
    public IReadOnlyList<Diagnostic> Run()
    {
        if (job.Actions.NeedSetUp)
        {
            var problems = SetUp(++number);
            if (problems.Count > 0 || job.Cancellation.Cancelled) return problems;
            job.Observer.StepsBegin();
        }

        var machine = job.Settings.Machine;
        if (machine.StartedHook is { } started) RunOne(job.Scope, JobHook.Started(started), action: "", StepStage.Hook);
        var steps = job.Plan.Job.Steps;
        var begin = job.Settings.Resume is { } resume ? Math.Min(resume.Next, steps.Count) : 0;
        if (job.Settings.Resume is { } from) number = job.Memory.Restore(from, JobDefinition.Each(steps.Take(begin)), number);
        for (var next = begin; next < steps.Count; next++)
        {
            foreach (var step in steps[next].Members)
            {
                if (step.Uses is not null && job.Actions.HasPre(step.Uses, from: null)) RunOne(job.Scope, step, step.Id, StepStage.Pre);
            }
        }

        try
        {
            for (var next = begin; next < steps.Count; next++)
            {
                BeforeStep(next);
                RunMain(steps[next]);
            }

            BeforeStep(steps.Count);
            if (job.Background.NotCovered.Count > 0) RunOne(job.Scope, WaitForTheRest, WaitForTheRest.Id, StepStage.Main);
        }
        finally
        {
            job.Background.End();
        }

        job.Scope.Failed |= job.Background.FailedThoughCancelled;
        foreach (var post in job.Scope.Uses.Posts.LastFirst) RunOne(post.Scope, post.Step, post.Action, StepStage.Post);
        if (machine.CompletedHook is { } completed) RunOne(job.Scope, JobHook.Completed(completed), action: "", StepStage.Hook);
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
        foreach (var step in job.Plan.Job.EachStep)
        {
            if (step.Uses is { } uses && job.Actions.Problem(uses) is { } problem) problems.Add(new Diagnostic(job.Plan.File, step.UsesPlace, Severity.Error, "action", problem));
        }

        if (!job.Cancellation.Cancelled) job.Write(problems, setUp, log);
        var conclusion = job.Cancellation.Cancelled ? Conclusion.Cancelled : problems.Count > 0 ? Conclusion.Failure : Conclusion.Success;
        job.Report(new StepReport(setUp, Protocol.SetUpName, Status.Completed, conclusion, conclusion, began, Later(began)));
        return problems;
    }

    private void BeforeStep(int next) => job.Observer.StepNext(() => job.Memory.Take(next));

    private void RunMain(StepDefinition step)
    {
        if (step.Parallel is { } members) RunTogether(members);
        else if (step.Background) Launch(step, group: null);
        else RunOne(job.Scope, step, step.Id, StepStage.Main);
    }

    /// <summary>
    /// As if each member were in the background, and a step that waits for them stood behind the last; a failure of that one would say nothing that theirs do not.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsparallel
    /// </summary>
    private void RunTogether(IReadOnlyList<StepDefinition> members)
    {
        var group = (++groups).ToString(CultureInfo.InvariantCulture);
        var launched = members.Select(member => Launch(member, group)).OfType<BackgroundStep>().ToList();
        job.Scope.Failed |= job.Background.WaitFor(launched) == Conclusion.Failure;
    }

    /// <returns>Null when the step is skipped.</returns>
    private BackgroundStep? Launch(StepDefinition step, string? group)
    {
        if (job.Cancellation.Killed) return null;
        var run = new StepRun(job, ++number, inBackground: true);
        var turn = new StepTurn(job, new StepFrame(job, job.Scope.Fork(), step, step.Id, run), group);
        if (turn.Admit()) return job.Background.Launch(turn);

        // A skipped step has changed nothing that others would have to wait for.
        job.Scope.Add(step.Id, turn.Frame.Record);
        run.Dispose();
        return null;
    }

    private void RunOne(StepScope scope, StepDefinition step, string action, StepStage stage)
    {
        if (job.Cancellation.Killed) return;
        using var run = new StepRun(job, ++number);
        var turn = new StepTurn(job, new StepFrame(job, scope, step, action, run, stage), group: null);
        job.Cancellation.Enter(run.Stop);
        try
        {
            if (turn.Admit()) turn.Execute();
        }
        finally
        {
            job.Cancellation.Leave(run.Stop);
        }
    }

    private DateTimeOffset Later(DateTimeOffset began)
    {
        var now = job.Settings.Clock.GetUtcNow();
        return now < began ? began : now;
    }
}
