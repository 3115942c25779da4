using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Identity;

namespace Capstan.Server.Web;

public sealed record RepositoryLine(long Id, string Owner, string Path, string? Description, string Visibility);

/// <summary>A run as a list shows it.</summary>
public sealed record RunLine(
    long Id,
    string Owner,
    string Repository,
    string Workflow,
    string WorkflowPath,
    long RunNumber,
    string Title,
    string Event,
    string Ref,
    string HeadSha,
    string Actor,
    Status Status,
    Conclusion? Conclusion,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt)
{
    public string Url => $"/{Owner}/{Repository}/runs/{Id}";

    /// <summary>The branch or tag by its own name.</summary>
    public string ShortRef => Ref.StartsWith("refs/heads/", StringComparison.Ordinal) ? Ref["refs/heads/".Length..]
        : Ref.StartsWith("refs/tags/", StringComparison.Ordinal) ? Ref["refs/tags/".Length..]
        : Ref;

    public string ShortSha => HeadSha.Length > 7 ? HeadSha[..7] : HeadSha;
}

public sealed record HomeModel(IReadOnlyList<RepositoryLine> Repositories, IReadOnlyList<RunLine> Runs);

/// <param name="OlderThan">The id to ask the next page with; null on the last one.</param>
public sealed record RunsModel(AccessedRepository Repository, IReadOnlyList<RunLine> Runs, long? OlderThan);

/// <summary>A job of a run.</summary>
/// <param name="Depth">How many jobs lie between it and the beginning of the run, at most; for indenting. Those that called it are among them.</param>
/// <param name="Uses">The workflow that it calls; null for a job with steps.</param>
/// <param name="EnvironmentUrl">An http or https address.</param>
public sealed record JobLine(
    long Id,
    string Key,
    string Name,
    Status Status,
    Conclusion? Conclusion,
    string? Reason,
    IReadOnlyList<string> Needs,
    string? Runner,
    long? Execution,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    int Depth,
    string? Uses = null,
    string? Environment = null,
    string? EnvironmentUrl = null)
{
    /// <summary>An id in the page and in its address.</summary>
    public string Anchor => $"job-{Id}";
}

public sealed record StepLine(
    int Number,
    string Name,
    Status Status,
    Conclusion? Conclusion,
    Conclusion? Outcome,
    string? Why,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    StepGroup Group = default);

/// <summary>Which steps are shown together: the members of one <c>parallel</c>, and those in the background that follow one another.</summary>
public readonly record struct StepGroup(string? Parallel, bool Background)
{
    /// <summary>Null for a step that runs by itself.</summary>
    public string? Label => Parallel is not null ? "parallel" : Background ? "background" : null;
}

/// <summary>The end of a step's log, as text.</summary>
/// <param name="FromLine">Number of the first line, from 1.</param>
public sealed record LogTail(int Stream, long FromLine, long TotalLines, IReadOnlyList<string> Lines);

/// <summary>The job that is open in a run's page.</summary>
/// <param name="Cursor">How far the page's view of the log reaches: where live events go on.</param>
/// <param name="StreamLines">Lines of each stream so far.</param>
/// <param name="IsLogExpired">There was a log, and it is not kept any longer.</param>
public sealed record OpenJob(
    JobLine Job,
    IReadOnlyList<StepLine> Steps,
    IReadOnlyList<AnnotationResponse> Annotations,
    LogTail? Tail,
    string Cursor,
    IReadOnlyDictionary<int, long> StreamLines,
    bool IsLogExpired = false);

/// <summary>An artifact of a run.</summary>
/// <param name="IsExpired">Its bytes are gone.</param>
public sealed record ArtifactLine(long Id, string Name, long SizeBytes, DateTimeOffset ExpiresAt, bool IsExpired)
{
    public string Size => SizeBytes switch
    {
        1 => "1 byte",
        < 1024 => $"{SizeBytes} bytes",
        < 1024 * 1024 => $"{SizeBytes / 1024.0:0.0} KiB",
        < 1024 * 1024 * 1024 => $"{SizeBytes / (1024.0 * 1024):0.0} MiB",
        _ => $"{SizeBytes / (1024.0 * 1024 * 1024):0.0} GiB",
    };
}

/// <param name="MayCancel">The visitor may end the run, and it has not ended.</param>
/// <param name="Artifacts">The newest attempt's of each name.</param>
/// <param name="Summaries">Of the newest attempt, by job and step.</param>
public sealed record RunModel(
    RunLine Run,
    int Attempt,
    bool MayCancel,
    IReadOnlyList<JobLine> Jobs,
    IReadOnlyList<DiagnosticResponse> Diagnostics,
    OpenJob? Open,
    IReadOnlyList<ArtifactLine> Artifacts,
    IReadOnlyList<SummaryText> Summaries);

/// <summary>What a step of a job wrote for people.</summary>
public sealed record SummaryText(string Job, int Step, string Markdown);
