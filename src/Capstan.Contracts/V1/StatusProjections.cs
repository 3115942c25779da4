namespace Capstan.Contracts.V1;

/// <summary>
/// The state of a run or job in the words of the five models that this product joins (docs/states/README.md lists them all). Derived from status and conclusion,
/// never stored.
/// </summary>
/// <param name="S0">queued, running, success, failure, cancelled.</param>
/// <param name="S1">PENDING, QUEUED, RUNNING, SUCCESS, FAILED, CANCELED.</param>
/// <param name="S2">Runs: queued, in_progress, completed, cancelled; jobs also pending and failed; steps also skipped.</param>
/// <param name="S3">pending, running, success, failed, canceled.</param>
/// <param name="S4">Pending, Running, Success, Failed, Canceled.</param>
public sealed record StatusProjections(string S0, string S1, string S2, string S3, string S4)
{
    public static StatusProjections OfRun(Status status, Conclusion? conclusion) => Of(status, conclusion, status switch
    {
        Status.Completed => conclusion is Conclusion.Cancelled ? "cancelled" : "completed",
        Status.InProgress => "in_progress",
        _ => "queued",
    });

    public static StatusProjections OfJob(Status status, Conclusion? conclusion) => Of(status, conclusion, status switch
    {
        Status.Completed => End(conclusion) switch
        {
            Ended.Well => "completed",
            Ended.Badly => "failed",
            _ => "cancelled",
        },
        Status.InProgress => "in_progress",
        Status.Queued => "queued",
        _ => "pending",
    });

    /// <summary>A step in S2's words: pending, in_progress, completed, skipped, failed.</summary>
    public static string OfStep(Status status, Conclusion? conclusion) => status switch
    {
        Status.Completed when conclusion is Conclusion.Skipped => "skipped",
        Status.Completed => End(conclusion) == Ended.Well ? "completed" : "failed",
        Status.InProgress => "in_progress",
        _ => "pending",
    };

    /// <summary>What a runner's last job came to, in S0's words: success, failure, cancelled, and unknown for any other end.</summary>
    public static string LastJobResult(Conclusion conclusion) => conclusion switch
    {
        Conclusion.Success => "success",
        Conclusion.Failure or Conclusion.TimedOut or Conclusion.StartupFailure => "failure",
        Conclusion.Cancelled => "cancelled",
        _ => "unknown",
    };

    private static StatusProjections Of(Status status, Conclusion? conclusion, string s2) => status switch
    {
        Status.Completed => End(conclusion) switch
        {
            Ended.Well => new("success", "SUCCESS", s2, "success", "Success"),
            Ended.Badly => new("failure", "FAILED", s2, "failed", "Failed"),
            _ => new("cancelled", "CANCELED", s2, "canceled", "Canceled"),
        },
        Status.InProgress => new("running", "RUNNING", s2, "running", "Running"),
        Status.Queued => new("queued", "QUEUED", s2, "pending", "Pending"),
        _ => new("queued", "PENDING", s2, "pending", "Pending"),
    };

    /// <summary>The other models know three ends. What never ran counts as cancelled there.</summary>
    private static Ended End(Conclusion? conclusion) => conclusion switch
    {
        Conclusion.Success or Conclusion.Neutral => Ended.Well,
        Conclusion.Failure or Conclusion.TimedOut or Conclusion.StartupFailure or Conclusion.ActionRequired => Ended.Badly,
        _ => Ended.Otherwise,
    };

    private enum Ended
    {
        Well,
        Badly,
        Otherwise,
    }
}
