namespace Capstan.Contracts.V1;

/// <summary><c>POST /v1/runners/tokens</c>. Neither field: for every repository of the server. Owner alone: an organization's. Both: one repository's.</summary>
/// <param name="ExpiresInSeconds">Null: an hour.</param>
public sealed record CreateRunnerTokenRequest(string? Owner, string? Repository, int? ExpiresInSeconds);

/// <param name="Token">Shown once; registers one runner.</param>
/// <param name="Scope"><c>global</c>, an organization's slug, or <c>owner/repository</c>.</param>
public sealed record RunnerTokenResponse(string Token, string Scope, DateTimeOffset ExpiresAt);

/// <param name="Status">offline (not heard from for a minute), paused, busy (runs a job) or online.</param>
/// <param name="LastJobResult">success, failure, cancelled or unknown (it was lost with a job); null before its first job's end.</param>
/// <param name="Assignments">Whose jobs it takes: <c>global</c>, organizations' slugs, <c>owner/repository</c>.</param>
public sealed record RunnerResponse(
    long Id,
    string Name,
    string Hostname,
    string Status,
    bool Paused,
    IReadOnlyList<string> Labels,
    string OperatingSystem,
    string Architecture,
    bool Docker,
    int Slots,
    int UsedSlots,
    string? IpAddress,
    int ProtocolVersion,
    DateTimeOffset? LastHeartbeatAt,
    string? LastJobResult,
    IReadOnlyList<string> Assignments,
    DateTimeOffset CreatedAt);

/// <summary><c>GET /v1/runners</c>: by id.</summary>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last one.</param>
public sealed record RunnersResponse(IReadOnlyList<RunnerResponse> Runners, long? Next);

/// <summary><c>POST</c> and <c>DELETE /v1/runners/{id}/assignments</c>; the fields as in <see cref="CreateRunnerTokenRequest"/>.</summary>
public sealed record RunnerAssignmentRequest(string? Owner, string? Repository);
