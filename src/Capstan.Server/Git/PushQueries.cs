using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Git;

/// <summary>The rows of pushes: intent before refs, outcome after them.</summary>
internal sealed class PushQueries(ServerInstance instance, TimeProvider clock)
{
    private const string LockedBranches = """
        select b.name, u.username as locked_by
          from branches b join users u on u.id = b.locked_by
         where b.repository_id = @Repository and b.is_locked and b.name = any(@Branches)
        """;

    private const string Propose = """
        with push as (
            insert into pushes (repository_id, server_instance_id, user_id, job_execution_id, state, created_at)
            values (@Repository, @Instance, @User, @Execution, 'proposed', @Now) returning id)
        insert into push_refs (push_id, ref, old_sha, new_sha)
        select push.id, r.ref, r.old_sha, r.new_sha from push, unnest(@Refs, @Olds, @News) as r (ref, old_sha, new_sha)
        returning push_id
        """;

    // One statement, so one transaction: a push is settled together with the events that it causes, or not at all. Of two that settle the same push the second
    // finds it no longer proposed, and does nothing. What a job pushed has the run's actor; that no run starts from it is decided, and explained, by the trigger.
    private const string SettlePush = """
        with settled as (
            update pushes set state = case when cardinality(@Moved) > 0 then 'accepted' else 'refused' end, settled_at = @Now
             where id = @Push and state = 'proposed'
            returning id, repository_id, user_id, job_execution_id),
        refs as (
            update push_refs r set moved = (r.ref = any(@Moved)) from settled where r.push_id = settled.id
            returning r.ref, r.old_sha, r.new_sha, r.moved),
        events as (
            insert into trigger_events (repository_id, event, push_id, ref, head_sha, actor_id, payload, created_at, not_before)
            select settled.repository_id, 'push', settled.id, refs.ref, refs.new_sha,
                   coalesce(settled.user_id, (select run.actor_id
                                                from actions_job_executions e
                                                join actions_jobs j on j.id = e.job_id
                                                join actions_workflow_runs run on run.id = j.run_id
                                               where e.id = settled.job_execution_id)),
                   jsonb_build_object('ref', refs.ref, 'before', refs.old_sha, 'after', refs.new_sha), @Now, @Now
              from settled, refs where refs.moved and refs.old_sha <> refs.new_sha
             order by refs.ref
            on conflict do nothing
            returning 1)
        select (select count(*) from events)::int
        """;

    private const string ProposedRefs = """
        select p.id as push_id, r.ref, r.old_sha, r.new_sha
          from pushes p join push_refs r on r.push_id = p.id
         where p.repository_id = @Repository and p.state = 'proposed'
         order by p.id, r.ref
        """;

    /// <summary>Of the given branches those that are locked, and by whom.</summary>
    public async Task<IReadOnlyDictionary<string, string>> LockedBranchesAsync(NpgsqlConnection connection, RepositoryId repository, IEnumerable<string> branches)
    {
        var rows = await connection.QueryAsync<(string Name, string LockedBy)>(LockedBranches, new { Repository = repository, Branches = branches.ToArray() });
        return rows.ToDictionary(row => row.Name, row => row.LockedBy, StringComparer.Ordinal);
    }

    /// <summary>Writes down who is about to push what. Committed when it returns.</summary>
    /// <returns>The push's number.</returns>
    public Task<long> ProposeAsync(NpgsqlConnection connection, RepositoryId repository, Principal by, IReadOnlyList<PushCommand> commands) =>
        connection.QueryFirstAsync<long>(Propose, new
        {
            Repository = repository,
            Instance = instance.Id,
            User = (by as UserPrincipal)?.Id.Value,
            Execution = (by as JobPrincipal)?.ExecutionId.Value,
            Now = clock.GetUtcNow(),
            Refs = commands.Select(command => command.Ref).ToArray(),
            Olds = commands.Select(command => command.Old).ToArray(),
            News = commands.Select(command => command.New).ToArray(),
        });

    /// <summary>Records what became of a push: accepted with an event for each ref that moved, or refused when none did. Idempotent.</summary>
    /// <returns>How many trigger events came of it.</returns>
    public Task<int> SettleAsync(NpgsqlConnection connection, long push, IEnumerable<string> moved) =>
        connection.QuerySingleAsync<int>(SettlePush, new { Push = push, Moved = moved.ToArray(), Now = clock.GetUtcNow() });

    /// <summary>Pushes of the repository that nobody settled yet, oldest first.</summary>
    public async Task<IReadOnlyList<ProposedPush>> ProposedAsync(NpgsqlConnection connection, RepositoryId repository)
    {
        var rows = await connection.QueryAsync<ProposedRow>(ProposedRefs, new { Repository = repository });
        return [.. rows.GroupBy(row => row.PushId).Select(push => new ProposedPush(push.Key, [.. push.Select(row => new PushCommand(row.Ref, row.OldSha, row.NewSha))]))];
    }

    /// <summary>Repositories that have pushes nobody settled yet.</summary>
    public static async Task<IReadOnlyList<RepositoryId>> RepositoriesWithProposedAsync(NpgsqlConnection connection, int atMost) =>
        [.. await connection.QueryAsync<RepositoryId>("select distinct repository_id from pushes where state = 'proposed' limit @AtMost", new { AtMost = atMost })];

    private sealed record ProposedRow(long PushId, string Ref, string OldSha, string NewSha);
}

/// <summary>A push whose outcome is not recorded yet.</summary>
internal sealed record ProposedPush(long Id, IReadOnlyList<PushCommand> Commands);
