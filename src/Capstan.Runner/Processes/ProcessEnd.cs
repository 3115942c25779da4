namespace Capstan.Runner.Processes;

/// <summary>Why a process was asked to end, in rising order of force.</summary>
internal enum StopReason
{
    None,

    /// <summary>The job was cancelled: interrupt, grace, terminate, grace, kill.</summary>
    Cancelled,

    /// <summary>The step's time is over: the same way down.</summary>
    TimedOut,

    /// <summary>At once: the execution was lost, or the time for steps after a cancellation is over.</summary>
    Killed,
}

/// <param name="ExitCode">128 + n when signal n ended it.</param>
internal readonly record struct ProcessEnd(int ExitCode, StopReason Stopped);

/// <summary>How long a process has to end by itself. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation</summary>
internal sealed record Grace(TimeSpan AfterInterrupt, TimeSpan AfterTerminate)
{
    public static readonly Grace Default = new(TimeSpan.FromSeconds(7.5), TimeSpan.FromSeconds(2.5));
}
