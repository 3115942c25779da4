using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Steps;

namespace Capstan.Runner.Jobs;

/// <summary>
/// The turn of one of the job's steps, reported all the way: :: 1 it is admitted by its condition, on the job's thread, :: 2 it waits, when it is in the background and too
/// many are, :: 3 it is executed, on the thread that it has.
/// </summary>
/// <param name="group">Of a member of <c>parallel</c>: which of the job's groups.</param>
internal sealed class StepTurn(JobState job, StepFrame frame, string? group)
{
    private StepAdmission admission;
    private DateTimeOffset? began;

    public StepFrame Frame => frame;

    /// <summary>As shown to people; known from <see cref="Admit"/> on.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Null until it has ended.</summary>
    public StepEnd? End { get; private set; }

    /// <returns>False: it is skipped, and its turn is over.</returns>
    public bool Admit()
    {
        if (frame.Step.Place.IsKnown) job.Observer.StepPlaced(frame.Number, frame.Step);
        admission = StepExecutor.Admit(frame);
        Name = StepExecutor.NameOf(frame);
        if (admission.Skipped is not { } skipped) return true;
        Complete(skipped);
        return false;
    }

    /// <summary>It cannot be executed: it fails with this message when it is to be.</summary>
    public void Refuse(string message) => admission = admission with { Mistake = admission.Mistake ?? message };

    public void Wait() => Report(Status.Pending);

    public void Execute()
    {
        if (frame.Running.IsEnding)
        {
            Complete(StepExecutor.Cancel(frame));
            return;
        }

        began = job.Settings.Clock.GetUtcNow();
        Report(Status.InProgress);
        Complete(StepExecutor.Execute(frame, admission));
    }

    private void Complete(StepEnd end)
    {
        var now = job.Settings.Clock.GetUtcNow();
        Report(Status.Completed, end, now < began ? began : now);
        End = end;
    }

    private void Report(Status status, StepEnd? end = null, DateTimeOffset? at = null) =>
        job.Report(new StepReport(frame.Number, Name, status, end?.Conclusion, end?.Outcome, began, at, group, end?.Why, frame.Running.InBackground && group is null));
}
