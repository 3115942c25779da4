using System.Text.Json;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Audit;

/// <summary>Records every change in the transaction that makes it: there is no change without its record, and no record without its change.</summary>
public sealed class AuditLog(TimeProvider clock)
{
    private const string Insert = """
        insert into audit_events (at, user_id, runner_id, job_execution_id, action, target, organization_id, repository_id, detail)
        values (@At, @UserId, @RunnerId, @ExecutionId, @Action, @Target, @OrganizationId, @RepositoryId, @Detail::jsonb)
        """;

    /// <param name="connection">With the open transaction of the change.</param>
    public Task WriteAsync(NpgsqlConnection connection, AuditEntry entry) => connection.ExecuteAsync(Insert, new
    {
        At = clock.GetUtcNow(),
        UserId = (entry.By as UserPrincipal)?.Id.Value,
        RunnerId = (entry.By as RunnerPrincipal)?.Id.Value,
        ExecutionId = (entry.By as JobPrincipal)?.ExecutionId.Value,
        entry.Action,
        entry.Target,
        OrganizationId = entry.OrganizationId?.Value,
        RepositoryId = entry.RepositoryId?.Value,
        Detail = JsonSerializer.Serialize(entry.Detail),
    });
}

/// <summary>One change.</summary>
/// <param name="By">Null, or anonymous: the server itself.</param>
/// <param name="Action">Thing and verb: <c>repository.create</c>, <c>branch.lock</c>.</param>
/// <param name="Target">What it was done to, as people name it: a slug, a branch, a runner's name.</param>
public sealed record AuditEntry(Principal? By, string Action, string Target)
{
    public OrganizationId? OrganizationId { get; init; }

    public RepositoryId? RepositoryId { get; init; }

    /// <summary>What else to know. Never a secret, a password or a token.</summary>
    public IReadOnlyDictionary<string, string?> Detail { get; init; } = new Dictionary<string, string?>();
}
