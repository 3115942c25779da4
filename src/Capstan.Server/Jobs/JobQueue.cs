using Capstan.Server.Data;
using Capstan.Server.Runners;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>An execution that a runner now holds.</summary>
/// <param name="FencingToken">Higher than that of every earlier claim; every later message carries it.</param>
internal sealed record Claim(ExecutionId Execution, long FencingToken, RunnerId Runner, ClaimedJob Job)
{
    public ExecutionKey Key => new(Execution, Runner, FencingToken);
}

/// <summary>What the claim reads of its job, so that a message costs no further statement.</summary>
/// <param name="Matrix">JSON; null without a matrix.</param>
/// <param name="Strategy">JSON.</param>
/// <param name="Repository"><c>owner/name</c>.</param>
/// <param name="Secrets">Which secrets it gets.</param>
internal sealed record ClaimedJob(
    JobId Id,
    string Key,
    string Name,
    string? Matrix,
    string? Strategy,
    AttemptId Attempt,
    RunId Run,
    WorkflowVersionId Version,
    string Ref,
    string Repository,
    ClaimedSecrets Secrets);

/// <param name="Version">Of the secrets of <paramref name="Repository"/> and its organization.</param>
/// <param name="Allowed">False: the run is not trusted with any.</param>
/// <param name="Environment">The job's, of the same repository; null: it has none, or the repository does not know it.</param>
internal sealed record ClaimedSecrets(RepositoryId Repository, long Version, bool Allowed, ClaimedEnvironment? Environment = null);

/// <param name="SecretsVersion">Of its own secrets.</param>
internal sealed record ClaimedEnvironment(EnvironmentId Id, long SecretsVersion);

/// <summary>The labels of a <c>runs-on</c>, and their number, which never changes.</summary>
internal sealed record LabelSet(long Id, string[] Labels);

/// <summary>What is to be seen of one label set's queue.</summary>
/// <param name="Scope">Only jobs of repositories in it.</param>
/// <param name="Rows">At most.</param>
internal sealed record Demand(long LabelSet, RunnerScopeSet Scope, int Rows);

/// <summary>What a runner is assigned to.</summary>
internal sealed record RunnerScopeSet(bool Everything, IReadOnlyCollection<long> Organizations, IReadOnlyCollection<long> Repositories)
{
    public static readonly RunnerScopeSet All = new(true, [], []);

    public bool Covers(Candidate candidate) =>
        Everything || Organizations.Contains(candidate.Organization.Value) || Repositories.Contains(candidate.Repository.Value);
}

/// <summary>A queued execution that may be given away.</summary>
internal sealed record Candidate(ExecutionId Execution, long LabelSet, OrganizationId Organization, RepositoryId Repository);

/// <summary>The statements that give queued executions to runners. Thread-safe, also across servers.</summary>
internal sealed class JobQueue(Database database, ServerOptions options, TimeProvider clock)
{
    /// <summary>
    /// Groups of (label set, priority, repository) that one look at the queue visits, at most: bounds its cost when a great many repositories wait. Counted are those that
    /// are looked for only: what others wait for hides nothing.
    /// </summary>
    internal const int MaxGroups = 5000;

    /// <summary>
    /// Label sets with something queued, stepping through the queue's index from set to set: one probe for each, however many jobs wait, and however many sets
    /// there are without any. Carried by actions_job_executions_queue_idx.
    /// </summary>
    private const string QueuedSetsSql = """
        with recursive queued as (
            (select label_set_id as id from actions_job_executions where status = 'queued' order by label_set_id limit 1)
            union all
            select (select e.label_set_id from actions_job_executions e where e.status = 'queued' and e.label_set_id > q.id order by e.label_set_id limit 1)
            from queued q where q.id is not null
        )
        select s.id, s.labels from queued q join actions_label_sets s on s.id = q.id
        """;

    /// <summary>
    /// Who is next. Where everything is looked for, groups walk the queue's index from group to group, whatever the queue's length; where repositories are named, ranks
    /// walks it from priority to priority, and each named repository is probed for. Each group gives its oldest rows. Within a priority the
    /// repository with the fewest running comes first, counted on with each row given here; then the oldest. A set gives no more rows than it is asked for,
    /// so that a long queue of one set does not hide the others. Takes no locks. Carried by actions_job_executions_queue_idx and _running_idx.
    /// </summary>
    private const string CandidatesSql = """
        with recursive groups as (
            (
                select s.id as set_id, s.most, first.rank, first.repository_id, first.organization_id
                from unnest($1::bigint[], $2::bigint[], $3::boolean[]) s (id, most, everything) cross join lateral (
                    select -e.priority as rank, e.repository_id, e.organization_id from actions_job_executions e
                    where e.label_set_id = s.id and e.status = 'queued'
                    order by -e.priority, e.repository_id limit 1
                ) first
                where s.everything
            )
            union all
            select g.set_id, g.most, next.rank, next.repository_id, next.organization_id
            from groups g cross join lateral (
                select -e.priority as rank, e.repository_id, e.organization_id from actions_job_executions e
                where e.label_set_id = g.set_id and e.status = 'queued' and (-e.priority, e.repository_id) > (g.rank, g.repository_id)
                order by -e.priority, e.repository_id limit 1
            ) next
        ), ranks as (
            (
                select s.id as set_id, s.most, first.rank
                from unnest($1::bigint[], $2::bigint[], $3::boolean[]) s (id, most, everything) cross join lateral (
                    select -e.priority as rank from actions_job_executions e where e.label_set_id = s.id and e.status = 'queued' order by -e.priority limit 1
                ) first
                where not s.everything
            )
            union all
            select r.set_id, r.most, next.rank
            from ranks r cross join lateral (
                select -e.priority as rank from actions_job_executions e
                where e.label_set_id = r.set_id and e.status = 'queued' and -e.priority > r.rank
                order by -e.priority limit 1
            ) next
        ), named as (
            select r.set_id, r.id as repository_id from unnest($6::bigint[], $7::bigint[]) r (set_id, id)
            union
            select o.set_id, p.id from unnest($4::bigint[], $5::bigint[]) o (set_id, id) join repositories p on p.organization_id = o.id
        ), covered as (
            (select * from groups limit $9)
            union all
            (
                select r.set_id, r.most, r.rank, n.repository_id, found.organization_id
                from ranks r join named n on n.set_id = r.set_id cross join lateral (
                    select e.organization_id from actions_job_executions e
                    where e.label_set_id = r.set_id and e.status = 'queued' and -e.priority = r.rank and e.repository_id = n.repository_id
                    limit 1
                ) found
                limit $9
            )
        ), running as (
            select repository_id, count(*) as jobs from actions_job_executions
            where status = 'in_progress' and repository_id = any(array(select repository_id from covered))
            group by repository_id
        ), candidates as (
            select c.id, g.set_id, g.most, g.organization_id, g.repository_id, g.rank,
                coalesce(r.jobs, 0) + row_number() over (partition by g.repository_id, g.rank order by c.id) as turn
            from covered g
            left join running r on r.repository_id = g.repository_id
            cross join lateral (
                select e.id from actions_job_executions e
                where e.label_set_id = g.set_id and e.status = 'queued' and -e.priority = g.rank and e.repository_id = g.repository_id
                order by e.id limit g.most
            ) c
        ), placed as (
            select c.*, row_number() over (partition by c.set_id order by c.rank, c.turn, c.id) as place from candidates c
        )
        select id, set_id, organization_id, repository_id from placed where place <= most order by rank, turn, id limit $8
        """;

    /// <summary>
    /// Gives each execution to the runner beside it: one statement and one commit for many. Those are locked that nobody else holds (skip locked), so servers do
    /// not wait for each other, and nobody gets what another one has. A runner is served only if at this moment it is registered, not paused, online, has a free
    /// slot, its labels contain the set and an assignment covers the repository: checked here and not before, because what its poll knew may be old.
    /// The run's row is marked as started only when nobody holds it: a claim must not wait for a decision, and a decision makes up for it.
    /// Carried by primary keys, actions_job_executions_runner_idx and environments_name_key.
    /// </summary>
    private const string ClaimSql = """
        with busy as (
            select runner_id, count(*) as jobs from actions_job_executions where status = 'in_progress' and runner_id = any($2) group by runner_id
        ), able as (
            select a.execution_id, a.runner_id, a.labels from (
                select p.execution_id, r.id as runner_id, r.labels, r.slots,
                    coalesce(b.jobs, 0) + row_number() over (partition by r.id order by p.place) as slot
                from unnest($1::bigint[], $2::bigint[]) with ordinality p (execution_id, runner_id, place)
                join actions_runners r on r.id = p.runner_id
                left join busy b on b.runner_id = r.id
                where r.removed_at is null and r.paused_at is null and r.last_heartbeat_at > $5
            ) a where a.slot <= a.slots
        ), free as (
            select e.id, a.runner_id, a.labels from able a cross join lateral (
                select e.id from actions_job_executions e where e.id = a.execution_id and e.status = 'queued' limit 1 for no key update skip locked
            ) e
        ), claimed as (
            update actions_job_executions e
            set status = 'in_progress', runner_id = f.runner_id, fencing_token = nextval('actions_fencing_tokens'), lease_until = $4, started_at = $3
            from free f
            where e.id = f.id and e.status = 'queued'
                and exists (select from actions_label_sets l where l.id = e.label_set_id and l.labels <@ f.labels)
                and exists (
                    select from actions_runner_assignments a
                    where a.runner_id = f.runner_id
                        and (a.target_type = 'global' or a.organization_id = e.organization_id or a.repository_id = e.repository_id)
                )
            returning e.id, e.job_id, e.runner_id, e.fencing_token
        ), jobs as (
            update actions_jobs j set status = 'in_progress', started_at = $3 from claimed c where j.id = c.job_id
            returning j.id, j.run_id, j.attempt_id, j.job_key, j.name, j.matrix, j.strategy, j.environment_key
        ), runs as (
            update actions_workflow_runs r set status = 'in_progress', started_at = $3, updated_at = $3
            from (
                select id from actions_workflow_runs where id = any(array(select run_id from jobs)) and status = 'queued' for no key update skip locked
            ) mine
            where r.id = mine.id
            returning r.id
        ), attempts as (
            update actions_run_attempts a set status = 'in_progress', started_at = $3
            where a.id = any(array(select j.attempt_id from jobs j join runs r on r.id = j.run_id)) and a.status = 'queued'
        )
        select c.id, c.fencing_token, c.runner_id, j.id, j.job_key, j.name, j.matrix::text, j.strategy::text, j.attempt_id, r.id, r.workflow_version_id, r.ref, o.path || '/' || p.path,
            p.id, p.secrets_version + o.secrets_version, r.trust = 'full', e.id, e.secrets_version
        from claimed c
        join jobs j on j.id = c.job_id
        join actions_workflow_runs r on r.id = j.run_id
        join repositories p on p.id = r.repository_id
        join organizations o on o.id = p.organization_id
        left join lateral (
            select id, secrets_version from environments where repository_id = p.id and name_key = j.environment_key limit 1
        ) e on true
        """;

    public async Task<IReadOnlyList<LabelSet>> QueuedSetsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.Jobs.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(QueuedSetsSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sets = new List<LabelSet>();
        while (await reader.ReadAsync(cancellationToken))
        {
            sets.Add(new LabelSet(reader.GetInt64(0), reader.GetFieldValue<string[]>(1)));
        }

        return sets;
    }

    /// <summary>The executions to be given away next, in their order.</summary>
    public async Task<IReadOnlyList<Candidate>> CandidatesAsync(IReadOnlyList<Demand> demands, int limit, CancellationToken cancellationToken)
    {
        var organizations = demands.SelectMany(d => d.Scope.Organizations.Select(o => (d.LabelSet, Id: o))).ToList();
        var repositories = demands.SelectMany(d => d.Scope.Repositories.Select(r => (d.LabelSet, Id: r))).ToList();
        await using var connection = await database.Jobs.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(CandidatesSql, connection)
        {
            Parameters =
            {
                new() { Value = demands.Select(d => d.LabelSet).ToArray() },
                new() { Value = demands.Select(d => (long)Math.Min(d.Rows, limit)).ToArray() },
                new() { Value = demands.Select(d => d.Scope.Everything).ToArray() },
                new() { Value = organizations.Select(o => o.LabelSet).ToArray() },
                new() { Value = organizations.Select(o => o.Id).ToArray() },
                new() { Value = repositories.Select(r => r.LabelSet).ToArray() },
                new() { Value = repositories.Select(r => r.Id).ToArray() },
                new() { Value = limit },
                new() { Value = MaxGroups },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var candidates = new List<Candidate>();
        while (await reader.ReadAsync(cancellationToken))
        {
            candidates.Add(new Candidate(new(reader.GetInt64(0)), reader.GetInt64(1), new(reader.GetInt64(2)), new(reader.GetInt64(3))));
        }

        return candidates;
    }

    /// <summary>Gives each execution to its runner, unless somebody was faster or the runner may not have it any more: such pairs are left out of the answer.</summary>
    public async Task<IReadOnlyList<Claim>> ClaimAsync(IReadOnlyList<(ExecutionId Execution, RunnerId Runner)> pairs, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var connection = await database.Jobs.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ClaimSql, connection)
        {
            Parameters =
            {
                new() { Value = pairs.Select(p => p.Execution.Value).ToArray() },
                new() { Value = pairs.Select(p => p.Runner.Value).ToArray() },
                new() { Value = now },
                new() { Value = now + options.LeaseLength },
                new() { Value = now - RunnerQueries.OfflineAfter },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var claims = new List<Claim>();
        while (await reader.ReadAsync(cancellationToken))
        {
            claims.Add(Read(reader));
        }

        return claims;
    }

    private static Claim Read(NpgsqlDataReader reader) => new(
        new ExecutionId(reader.GetInt64(0)),
        reader.GetInt64(1),
        new RunnerId(reader.GetInt64(2)),
        new ClaimedJob(
            new JobId(reader.GetInt64(3)),
            reader.GetString(4),
            reader.GetString(5),
            reader.IsDBNull(6) ? null : reader.GetString(6),
            reader.IsDBNull(7) ? null : reader.GetString(7),
            new AttemptId(reader.GetInt64(8)),
            new RunId(reader.GetInt64(9)),
            new WorkflowVersionId(reader.GetInt64(10)),
            reader.GetString(11),
            reader.GetString(12),
            new ClaimedSecrets(
                new RepositoryId(reader.GetInt64(13)),
                reader.GetInt64(14),
                reader.GetBoolean(15),
                reader.IsDBNull(16) ? null : new ClaimedEnvironment(new EnvironmentId(reader.GetInt64(16)), reader.GetInt64(17)))));
}
