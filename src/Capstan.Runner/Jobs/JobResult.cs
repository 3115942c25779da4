using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Jobs;

/// <summary>How a job ended.</summary>
public sealed record JobResult
{
    /// <summary>success, failure, cancelled or timed_out.</summary>
    public required Conclusion Conclusion { get; init; }

    /// <summary>For people, when the conclusion alone does not say why.</summary>
    public string? Reason { get; init; }

    /// <summary>Evaluated and free of secrets: an output that holds one is left out, as GitHub does, with a warning.</summary>
    public required IReadOnlyDictionary<string, string> Outputs { get; init; }

    /// <summary>Where what the job deployed can be looked at: an http or https address without secrets. Null when the job does not say, or not such a one.</summary>
    public string? EnvironmentUrl { get; init; }

    /// <summary>Final reports, by number.</summary>
    public required IReadOnlyList<StepReport> Steps { get; init; }

    public required IReadOnlyList<Annotation> Annotations { get; init; }
}
