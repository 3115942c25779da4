using Capstan.Contracts;

namespace Capstan.Server.Web;

/// <summary>A status and conclusion in words, with a sign and a style: never told by colour alone.</summary>
/// <param name="Kind">The style's class.</param>
internal readonly record struct StateText(string Sign, string Words, string Kind)
{
    public static StateText Of(Status status, Conclusion? conclusion) => (status, conclusion) switch
    {
        (Status.Completed, Conclusion.Success) => new("✓", "Success", "good"),
        (Status.Completed, Conclusion.Failure) => new("✕", "Failure", "bad"),
        (Status.Completed, Conclusion.TimedOut) => new("⧖", "Timed out", "bad"),
        (Status.Completed, Conclusion.StartupFailure) => new("✕", "Invalid workflow", "bad"),
        (Status.Completed, Conclusion.Cancelled) => new("⊘", "Cancelled", "quiet"),
        (Status.Completed, Conclusion.Skipped) => new("↷", "Skipped", "quiet"),
        (Status.Completed, Conclusion.ActionRequired) => new("!", "Action required", "waits"),
        (Status.Completed, Conclusion.Neutral) => new("–", "Neutral", "quiet"),
        (Status.Completed, _) => new("–", "Stale", "quiet"),
        (Status.InProgress, _) => new("●", "In progress", "runs"),
        (Status.Queued, _) => new("○", "Queued", "waits"),
        (Status.Waiting, _) => new("◔", "Waiting", "waits"),
        _ => new("○", "Pending", "waits"),
    };

    /// <summary>How long something took, or has taken at most to the second; empty before it began.</summary>
    public static string Duration(DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is null || to is null)
            return "";
        var time = to.Value - from.Value;
        return time.TotalSeconds < 1 ? $"{(int)time.TotalMilliseconds} ms"
            : time.TotalMinutes < 1 ? $"{time.TotalSeconds:0.0} s"
            : time.TotalHours < 1 ? $"{time.Minutes} min {time.Seconds} s"
            : $"{(int)time.TotalHours} h {time.Minutes} min";
    }
}
