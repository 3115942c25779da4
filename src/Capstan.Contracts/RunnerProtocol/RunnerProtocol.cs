using System.Text.Json.Serialization;

namespace Capstan.Contracts.RunnerProtocol;

/// <summary>
/// Versions and headers of the calls a runner makes. Every call carries <see cref="VersionHeader"/>; the server serves the current and the previous
/// version and refuses others with <see cref="ErrorCodes.RunnerVersionUnsupported"/>, keeping the registration.
/// </summary>
public static class Protocol
{
    public const int CurrentVersion = 1;
    public const int OldestServedVersion = 1;

    public const string VersionHeader = "Capstan-Runner-Protocol";

    /// <summary>On every call about an execution: the number given when it was claimed. A stale one changes nothing and is answered <see cref="ErrorCodes.ExecutionLost"/>.</summary>
    public const string FencingTokenHeader = "Capstan-Fencing-Token";

    /// <summary>The name of step 1 where a job's actions are fetched before its own steps. Nothing of the job has run while it lasts.</summary>
    public const string SetUpName = "Set up job";

    /// <summary>How long a claim holds without being renewed.</summary>
    public static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(60);

    /// <summary>How often a runner renews.</summary>
    public static readonly TimeSpan RenewInterval = TimeSpan.FromSeconds(15);

    /// <summary>The longest a poll or a renewal is held open.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>A log chunk's largest body.</summary>
    public const int MaxLogChunkBytes = 4 * 1024 * 1024;

    /// <summary>What the report of an execution's end may carry of its log, all streams together.</summary>
    public const int MaxLogTailBytes = 64 * 1024;

    /// <summary>
    /// UTF-8, of one step: <c>POST /v1/executions/{id}/summaries?step=N</c>, the Markdown as the body, answered 204; sent again it replaces what the step had.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
    /// </summary>
    public const int MaxSummaryBytes = 1024 * 1024;

    /// <summary>Of as many steps as this; those of others are not kept.</summary>
    public const int MaxSummariesPerJob = 20;

    /// <summary>All streams of one execution together; then a notice line ends them.</summary>
    public const long MaxLogBytesPerExecution = 1L << 30;
}

/// <summary><c>POST /v1/runners/register</c>, authorised by the one-use token in it.</summary>
public sealed record RegisterRunnerRequest(string RegistrationToken, string Name, string Hostname, IReadOnlyList<string> Labels, RunnerCapabilities Capabilities);

/// <param name="Credential">Shown once; the runner's bearer token from now on.</param>
public sealed record RegisterRunnerResponse(long RunnerId, string Name, string Credential);

/// <param name="Architecture">As in <c>runner.arch</c>: X64, ARM64.</param>
/// <param name="OperatingSystem">As in <c>runner.os</c>: Linux.</param>
/// <param name="Slots">How many jobs at once.</param>
public sealed record RunnerCapabilities(string OperatingSystem, string Architecture, bool Docker, int Slots);

/// <summary><c>POST /v1/runner/heartbeat</c>.</summary>
/// <param name="Holding">
/// Of a runner that waits for no more jobs, and has no poll open: all executions that it holds. Whatever else it was given never reached it, and is given to others at
/// once. Null: nothing is said.
/// </param>
public sealed record HeartbeatRequest(int UsedSlots, RunnerCapabilities Capabilities, IReadOnlyList<long>? Holding = null);

/// <param name="Paused">The server gives this runner no further jobs until it is resumed.</param>
public sealed record HeartbeatResponse(bool Paused);

/// <summary><c>POST /v1/runner/acquire</c>: a long poll. 200 with a <see cref="JobMessage"/>, or 204 when nothing came in <paramref name="WaitSeconds"/>.</summary>
public sealed record AcquireRequest(int UsedSlots, int WaitSeconds);

/// <summary><c>POST /v1/executions/{id}/renew</c>: extends the lease at once, then answers when a cancellation comes or <paramref name="WaitSeconds"/> have passed.</summary>
public sealed record RenewRequest(int WaitSeconds);

/// <param name="Cancel">The execution is to end: interrupt, grace, kill.</param>
public sealed record RenewResponse(bool Cancel, string? CancelReason);

/// <summary><c>POST /v1/executions/{id}/steps</c>: the newest state of the steps in it, by number; idempotent.</summary>
/// <param name="Started">
/// The runner is about to start the job's first process: from the acknowledgement on no other runner is given the job. A step that is not pending says so too,
/// but for the set-up (<see cref="Protocol.SetUpName"/>): what it fetches another runner can fetch as well.
/// </param>
public sealed record StepsRequest(IReadOnlyList<StepReport> Steps, IReadOnlyList<Annotation> Annotations, bool Started = false);

/// <param name="Number">From 1, in the order in which steps appear (set-up, the file's steps, post steps); also the number of its log stream.</param>
/// <param name="Outcome">Before <c>continue-on-error</c> is applied.</param>
/// <param name="Conclusion">After it.</param>
/// <param name="ParallelGroup">Of a member of <c>parallel</c>: which of the job's groups.</param>
/// <param name="Background">Whether the file says <c>background</c>: the steps after it run beside it.</param>
public sealed record StepReport(
    int Number,
    string Name,
    Status Status,
    Conclusion? Conclusion,
    Conclusion? Outcome,
    DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt,
    string? ParallelGroup = null,
    string? Why = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Background = false);

/// <param name="Level">notice, warning or failure.</param>
/// <param name="Number">Counts within the execution from 1, so that sending twice stores once.</param>
public sealed record Annotation(int Number, int Step, string Level, string Message, string? Title, string? File, int? Line, int? EndLine, int? Column, int? EndColumn);

/// <summary>The answer to <c>POST /v1/executions/{id}/logs/{stream}?offset=N</c> (body: the bytes), and with status 409 when the offset does not fit.</summary>
/// <param name="NextOffset">Where the stream ends now.</param>
public sealed record LogAppendResponse(long NextOffset);

/// <summary><c>POST /v1/executions/{id}/complete</c>: idempotent for the same fencing token.</summary>
/// <param name="Reason">For people, when the conclusion alone does not say why.</param>
/// <param name="LogLengths">Bytes of each stream; the end is accepted only when all of them have arrived.</param>
/// <param name="LogTails">What has not been sent of the streams before, at most <see cref="Protocol.MaxLogTailBytes"/> together: a short job needs no other call for its log.</param>
/// <param name="EnvironmentUrl">What the job says of its environment's address, when it is http or https; null: nothing.</param>
public sealed record CompleteRequest(
    Conclusion Conclusion,
    string? Reason,
    IReadOnlyDictionary<string, string> Outputs,
    IReadOnlyList<StepReport> Steps,
    IReadOnlyList<Annotation> Annotations,
    IReadOnlyDictionary<int, long> LogLengths,
    IReadOnlyList<LogTail>? LogTails = null,
    string? EnvironmentUrl = null);

/// <summary>The last bytes of a stream.</summary>
/// <param name="Offset">Of the first of them in the stream.</param>
/// <param name="Bytes">Base64 in JSON.</param>
public sealed record LogTail(int Stream, long Offset, byte[] Bytes);
