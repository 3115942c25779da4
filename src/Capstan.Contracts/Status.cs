using System.Text.Json.Serialization;

namespace Capstan.Contracts;

/// <summary>Where a run, job, execution or step is in its life. The conclusion is a second field, set exactly when the status is <see cref="Completed"/>.</summary>
[JsonConverter(typeof(StatusJsonConverter))]
public enum Status
{
    /// <summary>Waits for <c>needs</c>, <c>max-parallel</c> or a concurrency group; a reason says which.</summary>
    Pending,

    /// <summary>Waits for an approval or a timer.</summary>
    Waiting,

    /// <summary>Ready; waits for a runner.</summary>
    Queued,

    InProgress,

    Completed,
}

/// <summary>How a run, job, execution or step ended. Steps use success, failure, cancelled and skipped only.</summary>
[JsonConverter(typeof(ConclusionJsonConverter))]
public enum Conclusion
{
    Success,
    Failure,
    Cancelled,
    Skipped,
    TimedOut,
    Neutral,
    ActionRequired,

    /// <summary>The run could not start: its workflow file is invalid.</summary>
    StartupFailure,

    Stale,
}

/// <summary>The names of <see cref="Status"/> and <see cref="Conclusion"/> on the wire and in the database: lower case with underscores.</summary>
public static class StatusNames
{
    /// <summary>In their order; as <see cref="Conclusions"/>.</summary>
    public static ReadOnlySpan<Status> Statuses => [Status.Pending, Status.Waiting, Status.Queued, Status.InProgress, Status.Completed];

    /// <summary>In their order. What .NET tells of an enumeration it makes from all its attributes, and loads its JSON for that; this does not.</summary>
    public static ReadOnlySpan<Conclusion> Conclusions =>
    [
        Conclusion.Success,
        Conclusion.Failure,
        Conclusion.Cancelled,
        Conclusion.Skipped,
        Conclusion.TimedOut,
        Conclusion.Neutral,
        Conclusion.ActionRequired,
        Conclusion.StartupFailure,
        Conclusion.Stale,
    ];

    public static string Name(this Status status) => status switch
    {
        Status.Pending => "pending",
        Status.Waiting => "waiting",
        Status.Queued => "queued",
        Status.InProgress => "in_progress",
        Status.Completed => "completed",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, message: null),
    };

    public static string Name(this Conclusion conclusion) => conclusion switch
    {
        Conclusion.Success => "success",
        Conclusion.Failure => "failure",
        Conclusion.Cancelled => "cancelled",
        Conclusion.Skipped => "skipped",
        Conclusion.TimedOut => "timed_out",
        Conclusion.Neutral => "neutral",
        Conclusion.ActionRequired => "action_required",
        Conclusion.StartupFailure => "startup_failure",
        Conclusion.Stale => "stale",
        _ => throw new ArgumentOutOfRangeException(nameof(conclusion), conclusion, message: null),
    };

    /// <exception cref="FormatException">The text is no status.</exception>
    public static Status ParseStatus(string text)
    {
        foreach (var status in Statuses)
        {
            if (status.Name() == text)
            {
                return status;
            }
        }

        throw new FormatException($"'{text}' is not a status.");
    }

    /// <exception cref="FormatException">The text is no conclusion.</exception>
    public static Conclusion ParseConclusion(string text)
    {
        foreach (var conclusion in Conclusions)
        {
            if (conclusion.Name() == text)
            {
                return conclusion;
            }
        }

        throw new FormatException($"'{text}' is not a conclusion.");
    }
}

internal sealed class StatusJsonConverter : JsonConverter<Status>
{
    public override Status Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options) =>
        StatusNames.ParseStatus(reader.GetString() ?? "");

    public override void Write(System.Text.Json.Utf8JsonWriter writer, Status value, System.Text.Json.JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name());
}

/// <summary>As its name on the wire. Public for the serializers that other assemblies generate.</summary>
public sealed class ConclusionJsonConverter : JsonConverter<Conclusion>
{
    public override Conclusion Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options) =>
        StatusNames.ParseConclusion(reader.GetString() ?? "");

    public override void Write(System.Text.Json.Utf8JsonWriter writer, Conclusion value, System.Text.Json.JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name());
}
