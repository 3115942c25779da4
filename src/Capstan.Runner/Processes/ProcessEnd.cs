namespace Capstan.Runner.Processes;

/// <summary>Why a process was asked to end, in rising order of force.</summary>
internal enum StopReason
{
    None,

    /// <summary>The job was cancelled: interrupt, grace, terminate, grace, kill.</summary>
    Cancelled,

    /// <summary>A later step of the workflow cancelled it: terminate, grace, kill. Source: https://github.com/actions/runner/pull/4482</summary>
    CancelledBySteps,

    /// <summary>The step's time is over: the way down of a cancelled job.</summary>
    TimedOut,

    /// <summary>At once: the execution was lost, or the time for steps after a cancellation is over.</summary>
    Killed,
}

/// <param name="ExitCode">128 + n when signal n ended it.</param>
internal readonly record struct ProcessEnd(int ExitCode, StopReason Stopped);

/// <summary>How long a process has to end by itself. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation</summary>
/// <param name="First">After the first signal, whichever it is.</param>
/// <param name="Second">After the one that terminates what was only interrupted.</param>
internal sealed record Grace(TimeSpan First, TimeSpan Second)
{
    public static readonly Grace Default = new(TimeSpan.FromSeconds(7.5), TimeSpan.FromSeconds(2.5));
}
