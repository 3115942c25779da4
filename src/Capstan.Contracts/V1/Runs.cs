using System.Text.Json;

namespace Capstan.Contracts.V1;

/// <summary><c>GET …/runs</c> (newest first, without <see cref="Jobs"/>), <c>GET …/runs/{run}</c>.</summary>
/// <param name="RunNumber">From 1, without gaps, per workflow.</param>
/// <param name="Reason">Why it failed to start, was cancelled, and so on; for people.</param>
/// <param name="Diagnostics">Of the workflow file; only with a single run.</param>
/// <param name="Projections">Its state in the words of other models.</param>
public sealed record RunResponse(
    long Id,
    long RunNumber,
    int RunAttempt,
    string Title,
    string Workflow,
    string WorkflowPath,
    string Event,
    string Ref,
    string HeadSha,
    string Actor,
    Status Status,
    Conclusion? Conclusion,
    string? Reason,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    StatusProjections Projections,
    IReadOnlyList<JobResponse>? Jobs = null,
    IReadOnlyList<DiagnosticResponse>? Diagnostics = null);

/// <param name="NextBefore">The value of <c>before</c> for the next page; null on the last one.</param>
public sealed record RunListResponse(IReadOnlyList<RunResponse> Runs, long? NextBefore = null);

/// <summary><c>GET …/runs/{run}/jobs</c> (without steps), <c>GET …/jobs/{job}</c>.</summary>
/// <param name="Key">In the file; of a called job after those of its callers: <c>deploy/build</c>, <c>deploy[2]/build</c> when the calling job has a
/// matrix.</param>
/// <param name="Name">As shown, with its matrix values; of a called job after those of its callers: <c>deploy / build</c>.</param>
/// <param name="Reason">Why it waits, was skipped or failed.</param>
/// <param name="Runner">Of the newest execution.</param>
/// <param name="Execution">The newest execution; null while the job was never queued.</param>
/// <param name="Labels">What <c>runs-on</c> asked for.</param>
/// <param name="Uses">The workflow that it calls: it has no execution then. Null for a job with steps.</param>
/// <param name="Environment">The name of its environment; null: it has none, or its needs are open.</param>
/// <param name="EnvironmentUrl">Where what it deployed can be looked at: http or https. Null until it has ended and when it does not say.</param>
public sealed record JobResponse(
    long Id,
    long RunId,
    int RunAttempt,
    string Key,
    string Name,
    string JobType,
    Status Status,
    Conclusion? Conclusion,
    string? Reason,
    IReadOnlyList<string> Needs,
    IReadOnlyList<string> Labels,
    string? Runner,
    long? Execution,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    StatusProjections Projections,
    JsonElement? Matrix = null,
    IReadOnlyDictionary<string, string>? Outputs = null,
    IReadOnlyList<StepResponse>? Steps = null,
    IReadOnlyList<AnnotationResponse>? Annotations = null,
    string? Uses = null,
    string? Environment = null,
    string? EnvironmentUrl = null);

/// <param name="Number">From 1; also the number of its log stream.</param>
/// <param name="ParallelGroup">Of a member of <c>parallel</c>: which of the job's groups.</param>
/// <param name="Background">Whether the steps after it run beside it.</param>
public sealed record StepResponse(
    int Number,
    string Name,
    Status Status,
    Conclusion? Conclusion,
    Conclusion? Outcome,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    string? ParallelGroup,
    string? Why,
    bool Background = false);

/// <summary><c>GET …/jobs/{job}/summaries</c>, by step.</summary>
/// <param name="Name">The step's; null while it is not known.</param>
/// <param name="Markdown">As it was written, but for masks: show it as Markdown only with its HTML taken out.</param>
public sealed record StepSummaryResponse(int Step, string? Name, string Markdown);

public sealed record AnnotationResponse(int Step, string Level, string Message, string? Title, string? File, int? Line, int? EndLine, int? Column, int? EndColumn);

public sealed record DiagnosticResponse(string File, int Line, int Col, string Severity, string Code, string Message);

/// <summary><c>GET …/workflows</c>.</summary>
/// <param name="State">active or disabled.</param>
/// <param name="Events">Of the newest version that made a run.</param>
public sealed record WorkflowResponse(long Id, string Path, string Name, string State, IReadOnlyList<string> Events);

/// <summary><c>POST …/workflows/{file}/dispatches</c>.</summary>
/// <param name="Ref">Branch, tag or full ref; null: the default branch.</param>
public sealed record DispatchRequest(string? Ref = null, IReadOnlyDictionary<string, JsonElement>? Inputs = null);

/// <param name="EventId">What was asked for, recorded: see <c>GET …/events</c>.</param>
/// <param name="RunId">The run it made; null when the server has not got to it yet.</param>
public sealed record DispatchResponse(long EventId, long? RunId = null);

/// <summary><c>POST …/runs/{run}/cancel</c>.</summary>
/// <param name="AlreadyRequested">Somebody else asked before.</param>
public sealed record CancelRunResponse(bool AlreadyRequested);

/// <summary>An event of <c>GET …/runs/{run}/events</c>, of type <c>run</c>: the run and its jobs as they are now. The last one has a completed run.</summary>
public sealed record RunEventResponse(RunResponse Run);

/// <summary><c>POST /v1/pipelines/{id}/runs</c>: runs a workflow by its id.</summary>
public sealed record CreatePipelineRunRequest(string? GitRef = null, IReadOnlyDictionary<string, JsonElement>? Inputs = null);

/// <summary><c>GET /v1/pipeline-runs/{id}</c>.</summary>
/// <param name="Status">pending, running, success, failed or canceled.</param>
public sealed record PipelineRunResponse(
    long Id, long PipelineId, string GitRef, string GitSha, string Status, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

/// <summary><c>GET /v1/pipeline-runs/{id}/jobs</c>.</summary>
/// <param name="JobType">build, test or deploy.</param>
/// <param name="Status">pending, running, success, failed or canceled.</param>
public sealed record PipelineJobResponse(
    long Id, long PipelineRunId, string JobType, string Name, string Status, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt);

/// <summary><c>POST /v1/executions/{id}/status</c>: an executor reports the end.</summary>
/// <param name="Status">success or failed.</param>
public sealed record ExecutionStatusRequest(string Status, int? ExitCode = null, string? LogsUri = null, IReadOnlyList<string>? Artifacts = null);
