using System.Text.Json;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Audit;

/// <summary>Reading the audit log, newest first; <c>?after=</c> goes on to older events.</summary>
internal static class AuditEndpoints
{
    private const string Select = """
        select e.id, e.at, u.username, r.name as runner, e.job_execution_id, e.action, e.target, e.detail::text as detail
          from audit_events e left join users u on u.id = e.user_id left join actions_runners r on r.id = e.runner_id
        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/audit", ListAll).WithTags("Audit").Require(Access.Admin);
        app.MapGet("/v1/orgs/{owner}/audit", ListOfOrganization).WithTags("Audit").Require(Access.Organization(Right.Own));
    }

    private static Task<Ok<Page<AuditEventResponse>>> ListAll([AsParameters] Paging paging, Database database, CancellationToken cancellationToken) =>
        ListAsync(paging, database, $"{Select} where e.id < @Before order by e.id desc limit @Take", organization: null, cancellationToken);

    private static Task<Ok<Page<AuditEventResponse>>> ListOfOrganization([AsParameters] Paging paging, HttpContext context, Database database, CancellationToken cancellationToken) =>
        ListAsync(
            paging, database, $"{Select} where e.organization_id = @Organization and e.id < @Before order by e.id desc limit @Take", context.Organization().Id.Value, cancellationToken);

    private static async Task<Ok<Page<AuditEventResponse>>> ListAsync(Paging paging, Database database, string sql, long? organization, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<EventRow>(sql, new { Before = paging.After ?? long.MaxValue, paging.Take, Organization = organization });
        return TypedResults.Ok(paging.Page(rows.Select(row => row.ToResponse()).ToList(), entry => entry.Id));
    }

    private sealed record EventRow(long Id, DateTimeOffset At, string? Username, string? Runner, ExecutionId? JobExecutionId, string Action, string Target, string Detail)
    {
        public AuditEventResponse ToResponse() => new(
            Id, At, Username ?? (Runner is not null ? $"runner {Runner}" : JobExecutionId is { } job ? $"job execution {job.Value}" : "server"), Action, Target,
            JsonSerializer.Deserialize<Dictionary<string, string?>>(Detail) ?? []);
    }
}
