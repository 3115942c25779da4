using Capstan.Server.Data;
using Capstan.Server.Runners;
using Npgsql;
using NpgsqlTypes;

namespace Capstan.Server.Jobs;

/// <summary>An execution that a runner now holds.</summary>
/// <param name="FencingToken">Higher than that of every earlier claim; every later message carries it.</param>
public sealed record Claim(ExecutionId Execution, long FencingToken, RunnerId Runner);

/// <summary>Polls of runners that differ in nothing that decides which jobs they may take.</summary>
/// <param name="LabelSets">Sets with queued jobs that these runners' labels contain.</param>
/// <param name="Runners">Who asks, the one to be served first in front; a runner with several free slots may stand in it several times.</param>
internal sealed record ClaimRequest(IReadOnlyList<long> LabelSets, RunnerScopeSet Scope, IReadOnlyList<RunnerId> Runners);

/// <summary>What a runner is assigned to.</summary>
internal sealed record RunnerScopeSet(bool Everything, long[] Organizations, long[] Repositories);

/// <summary>The statements that give queued executions to runners. Thread-safe, also across servers.</summary>
internal sealed class JobQueue(Database database, ServerOptions options, TimeProvider clock)
{
    /// <summary>Groups of (label set, priority, repository) that one claim looks at, at most: bounds its cost when a great many repositories wait.</summary>
    private const int MaxGroups = 2000;

    /// <summary>
    /// Claims in one statement, so that one commit gives work to many runners.
    /// Groups walk the queue's index from group to group, whatever the queue's length; each group gives its oldest rows. Within a priority the repository with
    /// the fewest running comes first, counted on with each row given here; then the oldest. Of twice as many candidates as wanted those are locked, one by one in
    /// their order, that no other claim holds (skip locked), so servers do not wait for each other. A runner is served only if at this moment it is registered, not paused, online,
    /// has a free slot, its labels contain the set and an assignment covers the repository: checked here and not before, because its poll may be old.
    /// The run's row is marked as started only when nobody holds it: a claim must not wait for a decision, and a decision makes up for it.
    /// Carried by actions_job_executions_queue_idx, _running_idx and _runner_idx: none of them grows with the history.
    /// </summary>
    private const string ClaimSql = """
        with recursive groups as (
            (
                select s.id as set_id, first.rank, first.repository_id, first.organization_id
                from unnest($1::bigint[]) s (id) cross join lateral (
                    select -e.priority as rank, e.repository_id, e.organization_id from actions_job_executions e
                    where e.label_set_id = s.id and e.status = 'queued'
                    order by -e.priority, e.repository_id limit 1
                ) first
            )
            union all
            select g.set_id, next.rank, next.repository_id, next.organization_id
            from groups g cross join lateral (
                select -e.priority as rank, e.repository_id, e.organization_id from actions_job_executions e
                where e.label_set_id = g.set_id and e.status = 'queued' and (-e.priority, e.repository_id) > (g.rank, g.repository_id)
                order by -e.priority, e.repository_id limit 1
            ) next
        ), covered as (
            select * from (select * from groups limit $9) g
            where $2 or g.organization_id = any($3) or g.repository_id = any($4)
        ), running as (
            select repository_id, count(*) as jobs from actions_job_executions
            where status = 'in_progress' and repository_id = any(array(select repository_id from covered))
            group by repository_id
        ), candidates as (
            select c.id, g.rank, coalesce(r.jobs, 0) + row_number() over (partition by g.repository_id, g.rank order by c.id) as turn
            from covered g
            left join running r on r.repository_id = g.repository_id
            cross join lateral (
                select e.id from actions_job_executions e
                where e.label_set_id = g.set_id and e.status = 'queued' and -e.priority = g.rank and e.repository_id = g.repository_id
                order by e.id limit $6
            ) c
        ), best as (
            select id, row_number() over (order by rank, turn, id) as place from candidates order by rank, turn, id limit $6 * 2
        ), picked as (
            select free.id, b.place from best b cross join lateral (
                select e.id from actions_job_executions e where e.id = b.id and e.status = 'queued' limit 1 for no key update skip locked
            ) free
            limit $6
        ), able as (
            select a.runner_id, row_number() over (order by a.place) as place from (
                select r.id as runner_id, u.place, r.slots,
                    row_number() over (partition by r.id order by u.place)
                        + (select count(*) from actions_job_executions x where x.runner_id = r.id and x.status = 'in_progress') as slot
                from unnest($5::bigint[]) with ordinality u (id, place)
                join actions_runners r on r.id = u.id
                where r.removed_at is null and r.paused_at is null and r.last_heartbeat_at > $7 - make_interval(secs => $10)
            ) a where a.slot <= a.slots
        ), pairs as (
            select p.id, a.runner_id from (select id, row_number() over (order by place) as place from picked) p join able a on a.place = p.place
        ), claimed as (
            update actions_job_executions e
            set status = 'in_progress', runner_id = p.runner_id, fencing_token = nextval('actions_fencing_tokens'), lease_until = $8, started_at = $7
            from pairs p
            join actions_runners r on r.id = p.runner_id
            where e.id = p.id and e.status = 'queued'
                and exists (select from actions_label_sets l where l.id = e.label_set_id and l.labels <@ r.labels)
                and exists (
                    select from actions_runner_assignments a
                    where a.runner_id = r.id
                        and (a.target_type = 'global' or a.organization_id = e.organization_id or a.repository_id = e.repository_id)
                )
            returning e.id, e.job_id, e.runner_id, e.fencing_token
        ), jobs as (
            update actions_jobs j set status = 'in_progress', started_at = $7 from claimed c where j.id = c.job_id
            returning j.run_id, j.attempt_id
        ), runs as (
            update actions_workflow_runs r set status = 'in_progress', started_at = $7, updated_at = $7
            from (
                select id from actions_workflow_runs where id = any(array(select run_id from jobs)) and status = 'queued' for no key update skip locked
            ) mine
            where r.id = mine.id
            returning r.id
        ), attempts as (
            update actions_run_attempts a set status = 'in_progress', started_at = $7
            where a.id = any(array(select j.attempt_id from jobs j join runs r on r.id = j.run_id)) and a.status = 'queued'
        )
        select id, fencing_token, runner_id from claimed
        """;

    /// <summary>Label sets with something queued: one index probe a set. Sets are as many as people write different runs-on.</summary>
    private const string QueuedSetsSql = """
        select s.id, s.labels from actions_label_sets s
        where exists (select from actions_job_executions e where e.label_set_id = s.id and e.status = 'queued')
        """;

    public async Task<IReadOnlyList<(long Id, string[] Labels)>> QueuedSetsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(QueuedSetsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sets = new List<(long, string[])>();
        while (await reader.ReadAsync(cancellationToken))
        {
            sets.Add((reader.GetInt64(0), reader.GetFieldValue<string[]>(1)));
        }

        return sets;
    }

    /// <summary>Gives executions to the runners of a request, at most one to each place in its list.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(ClaimRequest request, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = Command(request, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claims = new List<Claim>();
        while (await reader.ReadAsync(cancellationToken))
        {
            claims.Add(new Claim(new ExecutionId(reader.GetInt64(0)), reader.GetInt64(1), new RunnerId(reader.GetInt64(2))));
        }

        return claims;
    }

    /// <summary>The claim, for <paramref name="connection"/>; a test asks for its plan.</summary>
    internal NpgsqlCommand Command(ClaimRequest request, NpgsqlConnection connection, string prefix = "")
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new NpgsqlCommand(prefix + ClaimSql, connection)
        {
            Parameters =
            {
                new() { Value = request.LabelSets.ToArray() },
                new() { Value = request.Scope.Everything },
                new() { Value = request.Scope.Organizations },
                new() { Value = request.Scope.Repositories },
                new() { Value = request.Runners.Select(r => r.Value).ToArray() },
                new() { Value = (long)request.Runners.Count },
                new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = now + options.LeaseLength, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (long)MaxGroups },
                new() { Value = RunnerQueries.OfflineAfter.TotalSeconds },
            },
        };
    }
}
