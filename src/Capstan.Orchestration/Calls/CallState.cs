using System.Text.Json.Serialization;
using Capstan.Contracts;

namespace Capstan.Orchestration.Calls;

/// <summary>What the machine keeps of one call: counts, as it does of the run. Immutable.</summary>
/// <param name="Open">Called jobs without a result.</param>
public sealed record CallState(int Open, bool Succeeded = false, bool Failed = false, bool Cancelled = false)
{
    /// <summary>When <see cref="Open"/> is 0: the result of the calling leg.</summary>
    [JsonIgnore]
    public Conclusion Result => this switch
    {
        { Failed: true } => Conclusion.Failure,
        { Cancelled: true } => Conclusion.Cancelled,
        { Succeeded: true } => Conclusion.Success,
        _ => Conclusion.Skipped,
    };

    /// <summary>After one more of its jobs has its result.</summary>
    public CallState With(Conclusion result) => new(
        Open - 1, Succeeded || result == Conclusion.Success, Failed || result == Conclusion.Failure, Cancelled || result == Conclusion.Cancelled);
}
