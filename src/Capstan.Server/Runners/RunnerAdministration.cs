using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Dapper;
using Npgsql;

namespace Capstan.Server.Runners;

/// <summary>Says how changing a runner ended.</summary>
public enum RunnerChange
{
    /// <summary>It is now as asked; also when it was before.</summary>
    Done,

    /// <summary>There is none, or the caller may not know of it.</summary>
    NotFound,

    /// <summary>It works for others too, whom the caller does not maintain.</summary>
    Forbidden,
}

/// <summary>Pauses, resumes, removes and assigns runners. Whoever maintains everything that a runner works for may; administrators always.</summary>
public sealed class RunnerAdministration(Database database, WakeUps wakeUps, RunnerCredentials credentials, AuditLog audit, TimeProvider clock)
{
    // Locks the runner, so that its assignments cannot change between the decision and the change.
    private const string FindForUpdate = """
        with assignments as (
            select coalesce(
                       exists (select 1 from organization_members m
                                where m.organization_id = coalesce(a.organization_id, (select organization_id from repositories where id = a.repository_id))
                                  and m.user_id = @UserId and m.role in ('owner', 'maintainer'))
                    or exists (select 1 from repository_members m where m.repository_id = a.repository_id and m.user_id = @UserId and m.role = 'maintainer'), false) as maintained
              from actions_runner_assignments a where a.runner_id = @Id
        )
        select r.name,
               @IsAdmin or exists (select 1 from assignments where maintained) as may_see,
               @IsAdmin or (exists (select 1 from assignments) and not exists (select 1 from assignments where not maintained)) as may_change
          from actions_runners r where r.id = @Id and r.removed_at is null for update
        """;

    /// <summary>A paused runner is given no further jobs; the ones it runs go on.</summary>
    public Task<RunnerChange> PauseAsync(UserPrincipal user, RunnerId id, CancellationToken cancellationToken) => ChangeAsync(
        user, id, "runner.pause", scope: null, "update actions_runners set paused_at = @Now where id = @Id and paused_at is null", cancellationToken);

    public Task<RunnerChange> ResumeAsync(UserPrincipal user, RunnerId id, CancellationToken cancellationToken) => ChangeAsync(
        user, id, "runner.resume", scope: null, "update actions_runners set paused_at = null where id = @Id and paused_at is not null", cancellationToken);

    /// <summary>Its credential is worth nothing from now on; a job it still runs is lost when its lease ends.</summary>
    public Task<RunnerChange> RemoveAsync(UserPrincipal user, RunnerId id, CancellationToken cancellationToken) => ChangeAsync(
        user, id, "runner.remove", scope: null, "update actions_runners set removed_at = @Now where id = @Id", cancellationToken);

    public Task<RunnerChange> AssignAsync(UserPrincipal user, RunnerId id, RunnerScope scope, CancellationToken cancellationToken) => ChangeAsync(
        user, id, "runner.assign", scope,
        """
        insert into actions_runner_assignments (runner_id, target_type, organization_id, repository_id, assigned_at)
        values (@Id, @TargetType, @Organization, @Repository, @Now) on conflict do nothing
        """,
        cancellationToken);

    public Task<RunnerChange> UnassignAsync(UserPrincipal user, RunnerId id, RunnerScope scope, CancellationToken cancellationToken) => ChangeAsync(
        user, id, "runner.unassign", scope,
        """
        delete from actions_runner_assignments
         where runner_id = @Id and target_type = @TargetType and organization_id is not distinct from @Organization and repository_id is not distinct from @Repository
        """,
        cancellationToken);

    private async Task<RunnerChange> ChangeAsync(UserPrincipal user, RunnerId id, string action, RunnerScope? scope, string sql, CancellationToken cancellationToken)
    {
        var result = await database.InTransactionAsync(
            async connection =>
            {
                var runner = await FindAsync(connection, user, id);
                if (runner is not { MaySee: true })
                    return RunnerChange.NotFound;
                if (!runner.MayChange)
                    return RunnerChange.Forbidden;
                var changed = await connection.ExecuteAsync(sql, new
                {
                    Id = id.Value,
                    scope?.TargetType,
                    Organization = scope?.Organization?.Value,
                    Repository = scope?.Repository?.Value,
                    Now = clock.GetUtcNow(),
                });

                // Nothing changed: it was so before, and there is nothing to tell.
                if (changed > 0)
                    await AuditAsync(connection, user, action, runner.Name, scope);
                return RunnerChange.Done;
            },
            cancellationToken);
        credentials.Forget(id);
        wakeUps.Signal(RunChannels.Queue);
        return result;
    }

    private static Task<Found?> FindAsync(NpgsqlConnection connection, UserPrincipal user, RunnerId id) =>
        connection.QuerySingleOrDefaultAsync<Found>(FindForUpdate, new { Id = id.Value, UserId = user.Id.Value, user.IsAdmin });

    private Task AuditAsync(NpgsqlConnection connection, UserPrincipal user, string action, string name, RunnerScope? scope) =>
        audit.WriteAsync(connection, new AuditEntry(user, action, name)
        {
            OrganizationId = scope?.Organization,
            RepositoryId = scope?.Repository,
            Detail = scope is null ? new Dictionary<string, string?>() : new Dictionary<string, string?> { ["scope"] = scope.Name },
        });

    private sealed record Found(string Name, bool MaySee, bool MayChange);
}
