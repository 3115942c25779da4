using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;

namespace Capstan.Server.Runners;

/// <summary>Which runners to list. Each field narrows the list; all null: all.</summary>
/// <param name="Label">One that the runner must have.</param>
/// <param name="Status">offline, paused, busy or online.</param>
/// <param name="After">Only ids above this one.</param>
public sealed record RunnerFilter(RunnerScope? Scope, string? Label, string? Status, long? After);

/// <summary>Reads runners. What they are doing is computed from their rows, so there is no state that could be wrong.</summary>
public sealed class RunnerQueries(Database database, TimeProvider clock)
{
    /// <summary>A runner that was silent for a whole lease is as good as gone: its jobs' leases have ended too.</summary>
    public static readonly TimeSpan OfflineAfter = Protocol.LeaseLength;

    public const int PageSize = 100;

    private const string Status = """
        case when r.last_heartbeat_at is null or r.last_heartbeat_at < @OnlineSince then 'offline'
             when r.paused_at is not null then 'paused'
             when r.used_slots > 0 then 'busy'
             else 'online' end
        """;

    // Who may see a runner: administrators, and whoever maintains something that it works for.
    private const string List = $"""
        select r.id, r.name, r.hostname, {Status} as status, r.paused_at is not null as paused, r.labels, r.operating_system, r.architecture, r.docker_enabled as docker,
               r.slots, r.used_slots, r.ip_address, r.protocol_version, r.last_heartbeat_at, r.last_job_result, r.created_at,
               array(select coalesce(ro.path || '/' || rr.path, o.path, 'global')
                       from actions_runner_assignments a
                       left join organizations o on o.id = a.organization_id
                       left join repositories rr on rr.id = a.repository_id
                       left join organizations ro on ro.id = rr.organization_id
                      where a.runner_id = r.id order by 1) as assignments
          from actions_runners r
         where r.removed_at is null and r.id > @After and (@Id::bigint is null or r.id = @Id)
           and (@Label::text is null or @Label = any(r.labels))
           and (@WantedStatus::text is null or {Status} = @WantedStatus)
           and (@TargetType::text is null or exists (
                select 1 from actions_runner_assignments a
                 where a.runner_id = r.id and a.target_type = @TargetType
                   and a.organization_id is not distinct from @Organization::bigint and a.repository_id is not distinct from @Repository::bigint))
           and (@IsAdmin or @MaySeeScope or exists (
                select 1 from actions_runner_assignments a
                 where a.runner_id = r.id
                   and (exists (select 1 from organization_members m
                                 where m.organization_id = coalesce(a.organization_id, (select organization_id from repositories where id = a.repository_id))
                                   and m.user_id = @UserId and m.role in ('owner', 'maintainer'))
                     or exists (select 1 from repository_members m where m.repository_id = a.repository_id and m.user_id = @UserId and m.role = 'maintainer'))))
         order by r.id limit @Limit
        """;

    /// <summary>The scope in the filter, if any, must have been found for this user: whoever may read it sees its runners.</summary>
    public async Task<RunnersResponse> ListAsync(UserPrincipal user, RunnerFilter filter, CancellationToken cancellationToken)
    {
        var rows = await QueryAsync(user, filter, id: null, PageSize + 1, cancellationToken);
        var page = rows.Take(PageSize).ToArray();
        return new RunnersResponse(page, rows.Count > PageSize ? page[^1].Id : null);
    }

    /// <returns>Null when there is none that this user may see.</returns>
    public async Task<RunnerResponse?> FindAsync(UserPrincipal user, RunnerId id, CancellationToken cancellationToken) =>
        (await QueryAsync(user, new RunnerFilter(null, null, null, null), id, limit: 1, cancellationToken)).SingleOrDefault();

    private async Task<IReadOnlyList<RunnerResponse>> QueryAsync(UserPrincipal user, RunnerFilter filter, RunnerId? id, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            List,
            new
            {
                OnlineSince = clock.GetUtcNow() - OfflineAfter,
                After = filter.After ?? 0,
                Id = id?.Value,
                Label = filter.Label?.ToLowerInvariant(),
                WantedStatus = filter.Status,
                filter.Scope?.TargetType,
                Organization = filter.Scope?.Organization?.Value,
                Repository = filter.Scope?.Repository?.Value,
                user.IsAdmin,
                MaySeeScope = filter.Scope is not null,
                UserId = user.Id.Value,
                Limit = limit,
            },
            cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToResponse())];
    }

    private sealed record Row(
        long Id, string Name, string Hostname, string Status, bool Paused, string[] Labels, string OperatingSystem, string Architecture, bool Docker, int Slots, int UsedSlots,
        string? IpAddress, int ProtocolVersion, DateTimeOffset? LastHeartbeatAt, string? LastJobResult, DateTimeOffset CreatedAt, string[] Assignments)
    {
        public RunnerResponse ToResponse() => new(
            Id, Name, Hostname, Status, Paused, Labels, OperatingSystem, Architecture, Docker, Slots, UsedSlots, IpAddress, ProtocolVersion, LastHeartbeatAt,
            LastJobResult, Assignments, CreatedAt);
    }
}
