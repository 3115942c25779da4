using Capstan.Server.Data;

namespace Capstan.Server.Runs;

/// <summary>The names of the wake-up channels that tell of runs, jobs and executions.</summary>
public static class RunChannels
{
    /// <summary>A job was queued.</summary>
    public const string Queue = "queue";

    /// <summary>An event made a run.</summary>
    public static string Of(TriggerEventId trigger) => $"event:{trigger.Value}";

    /// <summary>A run's state changed, or a log of it: for viewers.</summary>
    public static string Of(RunId run) => $"run:{run.Value}";

    /// <summary>An execution is to end, or has ended.</summary>
    public static string Of(ExecutionId execution) => $"execution:{execution.Value}";
}
