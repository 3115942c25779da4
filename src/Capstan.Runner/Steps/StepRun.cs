using Capstan.Runner.Jobs;
using Capstan.Runner.Logs;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Steps;

/// <summary>
/// What all that runs in one of the job's steps shares, the steps of composite actions included: the step's number, its log, and what stops it. Used from the step's
/// thread, but for <see cref="Stop"/>.
/// </summary>
internal sealed class StepRun : IDisposable
{
    private readonly JobState job;
    private LineSplitter? own;

    public StepRun(JobState job, int number, bool inBackground = false)
    {
        this.job = job;
        Number = number;
        InBackground = inBackground;
        Log = new StepLog(number, job.Observer, job.Masks, job.Settings.Clock);
    }

    public int Number { get; }

    /// <summary>Whether later steps run beside it.</summary>
    public bool InBackground { get; }

    public StepLog Log { get; }

    public StopSignal Stop { get; } = new();

    /// <summary>Cuts and masks what its programs print. The job's steps that run one after the other share a buffer; one in the background has its own.</summary>
    public LineSplitter Output => InBackground ? own ??= new LineSplitter(job.Masks, Log, job.Settings.Clock) : job.Output;

    /// <summary>A later step of the workflow asked for its end: to have been cancelled is no failure then.</summary>
    public bool CancelledBySteps => Stop.Reason == StopReason.CancelledBySteps;

    /// <summary>Whether no more of its inner steps begin. One in the background ends as a whole when it is cancelled: nothing asks for conditions.</summary>
    public bool IsEnding => Stop.Reason is StopReason.TimedOut or StopReason.Killed || IsCancelledInBackground;

    public bool IsCancelledInBackground => InBackground && Stop.Reason is StopReason.Cancelled or StopReason.CancelledBySteps;

    public void Dispose() => Stop.Dispose();
}
