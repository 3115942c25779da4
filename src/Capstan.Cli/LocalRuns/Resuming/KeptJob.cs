using System.Text.Json.Serialization;
using Capstan.Contracts;
using Capstan.Orchestration.Local;
using Capstan.Runner.Jobs;

namespace Capstan.Cli.LocalRuns.Resuming;

/// <summary>A job that failed, with all that <c>--from-step</c> needs: its folders as the failed step left them, and what each step before had left but for files.</summary>
internal sealed record KeptJob
{
    /// <summary>Its root.</summary>
    public required string WorkingTree { get; init; }

    /// <summary>The file of the run's own workflow, relative to the root.</summary>
    public required string Workflow { get; init; }

    /// <inheritdoc cref="LocalJob.Key"/>
    public required string Key { get; init; }

    /// <inheritdoc cref="LocalJob.Index"/>
    public required int Index { get; init; }

    /// <inheritdoc cref="LocalJob.TopKey"/>
    public required string TopKey { get; init; }

    /// <summary>As shown.</summary>
    public required string Name { get; init; }

    /// <inheritdoc cref="LocalJob.Path"/>
    public required string Path { get; init; }

    /// <inheritdoc cref="JobSelection.Combination"/>
    public required IReadOnlyDictionary<string, string> Matrix { get; init; }

    public required string Ref { get; init; }

    /// <summary>The same for all jobs of one run.</summary>
    public required DateTimeOffset KeptAt { get; init; }

    /// <summary>When the working tree was copied into <see cref="Workspace"/>; null when it was not.</summary>
    public required DateTimeOffset? CopiedAt { get; init; }

    /// <summary>The job's own, with all that is below removed when it is no longer kept.</summary>
    public required string Folder { get; init; }

    public required string Workspace { get; init; }

    public required string Temp { get; init; }

    /// <summary>The name of the step that failed, as <see cref="StepNames"/> finds it.</summary>
    public required string FailedStep { get; init; }

    /// <summary>At the beginning of each step up to the one that failed.</summary>
    public required IReadOnlyList<JobCheckpoint> Checkpoints { get; init; }

    /// <summary>The other jobs of the run.</summary>
    public IReadOnlyList<KeptOutcome> Others { get; init; } = [];

    public bool Is(LocalJob job) => job.Index == Index && string.Equals(job.Key, Key, StringComparison.OrdinalIgnoreCase);

    /// <summary>How another job of the run ended; null when it had not, or did not run.</summary>
    public JobOutcome? OutcomeOf(LocalJob job) =>
        Others.FirstOrDefault(other => other.Index == job.Index && string.Equals(other.Key, job.Key, StringComparison.OrdinalIgnoreCase)) is { } other
            ? new JobOutcome(other.Conclusion, "as it ended before") { Outputs = other.Outputs }
            : null;
}

internal sealed record KeptOutcome(string Key, int Index, Conclusion Conclusion, IReadOnlyDictionary<string, string> Outputs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KeptJob))]
internal sealed partial class KeptJobJson : JsonSerializerContext;
