namespace Capstan.Contracts.V1;

/// <summary><c>GET /v1/audit</c> (administrators) and <c>GET /v1/orgs/{owner}/audit</c> (owners): newest first.</summary>
/// <param name="By">A user's name, <c>runner NAME</c>, <c>job execution ID</c> or <c>server</c>.</param>
public sealed record AuditEventResponse(long Id, DateTimeOffset At, string By, string Action, string Target, IReadOnlyDictionary<string, string?> Detail);
