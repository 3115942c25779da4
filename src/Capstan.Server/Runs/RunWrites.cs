using System.Text.Json;
using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Orchestration.Calls;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Jobs;
using Capstan.Workflows.Expressions;
using Npgsql;
using NpgsqlTypes;

namespace Capstan.Server.Runs;

/// <summary>The rows that a turn's effects name, gathered and written in one round trip. For one turn; not thread safe.</summary>
internal sealed class RunWrites(RunRow run, LabelSets labelSets, EnvironmentStore environments, DateTimeOffset now)
{
    private const string PendingJobsSql = """
        insert into actions_jobs (run_id, attempt_id, job_key, name, job_type, uses, priority, status, reason, created_at)
        select $1, $2, k, n, t, c, $3, 'pending', r, $4 from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) u (k, n, t, c, r)
        """;

    /// <summary>Leg 0 takes the place of the pending job; the others are new.</summary>
    private const string LegsSql = """
        insert into actions_jobs (run_id, attempt_id, job_key, matrix_index, name, job_type, uses, matrix, strategy, inputs, allow_failure, priority,
            label_set_id, status, reason, created_at, queued_at, environment, environment_key)
        select $1, $2, k, i, n, t, c, m::jsonb, s::jsonb, p::jsonb, f, $3, l, case when q then 'queued' else 'pending' end, r, $4, case when q then $4 end, v, w
        from unnest($5::text[], $6::int[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[], $14::bigint[],
            $15::boolean[], $16::text[], $17::text[], $18::text[]) u (k, i, n, t, c, m, s, p, f, l, q, r, v, w)
        on conflict (attempt_id, job_key, matrix_index) do update
        set name = excluded.name, job_type = excluded.job_type, environment = excluded.environment, environment_key = excluded.environment_key,
            matrix = excluded.matrix, strategy = excluded.strategy, inputs = excluded.inputs, allow_failure = excluded.allow_failure,
            label_set_id = excluded.label_set_id, status = excluded.status, reason = excluded.reason, queued_at = excluded.queued_at
        """;

    private const string BeginCallsSql = """
        update actions_jobs j set status = 'in_progress', reason = null, started_at = $2
        from unnest($3::text[], $4::int[]) u (k, i) where j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i and j.status = 'pending'
        """;

    private const string EndCallsSql = """
        update actions_jobs j set status = 'completed', conclusion = u.c, reason = u.r, outputs = u.o::jsonb, completed_at = greatest($2, j.started_at)
        from unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::text[]) u (k, i, c, r, o)
        where j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i and j.status = 'in_progress'
        """;

    private const string QueueJobsSql = """
        update actions_jobs j set status = 'queued', reason = null, queued_at = $2
        from unnest($3::text[], $4::int[]) u (k, i) where j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i and j.status = 'pending'
        """;

    private const string ExecutionsSql = """
        insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, queued_at)
        select j.id, 1, $2, $3, j.label_set_id, j.priority, 'queued', $4
        from unnest($5::text[], $6::int[]) with ordinality u (k, i, o)
        join actions_jobs j on j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i and j.status = 'queued'
        order by u.o
        """;

    private const string EndJobsSql = """
        update actions_jobs j set status = 'completed', conclusion = u.c, reason = u.r, completed_at = $2
        from unnest($3::text[], $4::int[], $5::text[], $6::text[]) u (k, i, c, r)
        where j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i and j.status = 'pending'
        """;

    private const string InsertNodesSql = """
        insert into actions_job_nodes (attempt_id, job_key, place, needs, dependants, open_needs, open_legs, phase, state, result)
        select $1, k, array(select jsonb_array_elements_text(p::jsonb)::int), array(select jsonb_array_elements_text(n::jsonb)),
            array(select jsonb_array_elements_text(d::jsonb)), o, l, h, s::jsonb, r
        from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::text[], $9::text[], $10::text[]) u (k, p, n, d, o, l, h, s, r)
        """;

    private const string UpdateNodesSql = """
        update actions_job_nodes n
        set open_needs = u.o, open_legs = u.l, phase = u.h, state = u.s::jsonb, result = u.r, outputs = u.t::jsonb
        from unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[]) u (k, o, l, h, s, r, t)
        where n.attempt_id = $1 and n.job_key = u.k
        """;

    private const string AttemptSql = """
        update actions_run_attempts
        set open_nodes = $2, succeeded_nodes = $3, failed_nodes = $4, cancelled_nodes = $5, called_jobs = $9, cancel_reason = $6,
            cancel_requested_at = case when $6::text is null then null else coalesce(cancel_requested_at, $7) end,
            status = case when $8::text is null then status else 'completed' end,
            conclusion = $8, completed_at = case when $8::text is null then null else greatest($7, started_at) end
        where id = $1
        """;

    /// <summary>
    /// A claim marks its run as started only when nobody holds the run's row; a decision makes up for a claim that met another one. A call starts nothing by
    /// itself.
    /// </summary>
    private const string RunSql = """
        with started as (
            select min(j.started_at) as at from actions_jobs j where $5 and j.attempt_id = $6 and j.started_at is not null and j.uses is null
        ), attempt as (
            update actions_run_attempts a
            set started_at = coalesce(a.started_at, started.at), status = case a.status when 'queued' then 'in_progress' else a.status end,
                completed_at = greatest(a.completed_at, case when a.completed_at is not null then started.at end)
            from started where a.id = $6 and started.at is not null
        )
        update actions_workflow_runs r
        set version = r.version + 1, updated_at = $3, started_at = coalesce(r.started_at, started.at),
            status = case when $4::text is not null then 'completed' when r.status = 'queued' and started.at is not null then 'in_progress' else r.status end,
            conclusion = $4, completed_at = case when $4::text is null then null else greatest($3, r.started_at, started.at) end
        from started
        where r.id = $1 and r.version = $2
        """;

    private readonly List<(string Key, LegSpec Leg)> legs = [];
    private readonly List<(string Key, int Leg)> toQueue = [];
    private readonly List<(string Key, int Leg, Conclusion Conclusion, string Reason)> ended = [];
    private readonly HashSet<string> wakeUps = [RunChannels.Of(run.Id)];
    private readonly List<(NodePlan Node, string Name)> created = [];
    private readonly List<CallLeg> begun = [];
    private readonly List<RunEffect.EndCall> endedCalls = [];
    private bool isNew;

    /// <summary>The run is new: its nodes and its jobs are to be inserted.</summary>
    public void Begin(IReadOnlyList<NodePlan> nodes)
    {
        isNew = true;
        created.AddRange(nodes.Select(node => (node, node.PlainName)));
    }

    public void WakeUp(string channel) => wakeUps.Add(channel);

    public void Add(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.CreateLegs create:
                legs.AddRange(create.Legs.Select(leg => (create.Key, leg)));
                break;
            case RunEffect.QueueLegs queue:
                toQueue.AddRange(queue.Legs.Select(leg => (queue.Key, leg)));
                break;
            case RunEffect.EndLegs end:
                ended.AddRange(end.Legs.Select(leg => (end.Key, leg, end.Conclusion, end.Reason)));
                break;
            case RunEffect.BeginCall begin:
                begun.Add(begin.Call);
                created.AddRange(begin.Nodes.Select(node => (node, begin.Facts.NameOf(node.PlainName))));
                break;
            case RunEffect.EndCall end:
                endedCalls.Add(end);
                break;
            case RunEffect.EndRun:
                // The conclusion is part of the state that is written anyway.
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(effect), effect, message: null);
        }
    }

    /// <param name="nodes">Of a new run: all of them, as they were before the turn.</param>
    /// <param name="first">Adds statements of the caller, the last of which must change a row.</param>
    /// <returns>The channels to signal after the commit.</returns>
    /// <exception cref="InvalidOperationException">The run, or the caller's row, changed although the caller holds the run's lock: a bug.</exception>
    public async Task<IReadOnlyList<string>> ExecuteAsync(
        NpgsqlConnection connection, RunTurn turn, IReadOnlyList<NodeState> nodes, Action<NpgsqlBatch> first, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        first(batch);
        var given = batch.BatchCommands.Count == 0 ? null : batch.BatchCommands[^1];
        if (created.Count > 0)
        {
            AddPendingJobs(batch);
            AddNewNodes(batch, turn, nodes);
        }

        await AddLegsAsync(batch, turn, cancellationToken);
        AddEnded(batch);
        AddCalls(batch);
        AddQueued(batch);
        AddChangedNodes(batch, turn);
        if (turn.Run != run.State)
            AddAttempt(batch, turn.Run);

        var last = AddRun(batch, turn.Run);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return last.RecordsAffected == 1 && given is null or { RecordsAffected: 1 }
            ? [.. wakeUps]
            : throw new InvalidOperationException($"Run {run.Id.Value} changed while its lock was held.");
    }

    private void AddPendingJobs(NpgsqlBatch batch)
    {
        var expanded = legs.Select(l => l.Key).ToHashSet(StringComparer.Ordinal);
        var pending = created.Where(n => !expanded.Contains(n.Node.Key)).ToList();
        if (pending.Count > 0)
        {
            Add(
                batch,
                PendingJobsSql,
                run.Id.Value,
                run.Attempt.Value,
                run.Priority,
                now.UtcDateTime,
                pending.Select(n => n.Node.Key).ToArray(),
                pending.Select(n => StoredText.Clean(n.Name)).ToArray(),
                pending.Select(n => n.Node.Job.JobType).ToArray(),
                pending.Select(n => n.Node.Job.Uses).ToArray(),
                pending.Select(n => $"Waits for {string.Join(", ", n.Node.Needs)}.").ToArray());
        }
    }

    private void AddNewNodes(NpgsqlBatch batch, RunTurn turn, IReadOnlyList<NodeState> nodes)
    {
        var newest = nodes.ToDictionary(n => n.Key, StringComparer.Ordinal);
        foreach (var changed in turn.Changed)
        {
            newest[changed.Key] = changed;
        }

        var states = created.Select(n => newest[n.Node.Key]).ToList();
        Add(
            batch,
            InsertNodesSql,
            run.Attempt.Value,
            states.Select(n => n.Key).ToArray(),
            created.Select(n => JsonSerializer.Serialize(n.Node.Place)).ToArray(),
            created.Select(n => JsonSerializer.Serialize(n.Node.Needs)).ToArray(),
            created.Select(n => JsonSerializer.Serialize(n.Node.Dependants)).ToArray(),
            states.Select(n => n.OpenNeeds).ToArray(),
            states.Select(n => n.OpenLegs).ToArray(),
            states.Select(Phase).ToArray(),
            states.Select(NodeStateJson.Write).ToArray(),
            states.Select(n => n.Result?.Name()).ToArray());
    }

    private async Task AddLegsAsync(NpgsqlBatch batch, RunTurn turn, CancellationToken cancellationToken)
    {
        if (legs.Count == 0)
            return;

        var sets = new List<long?>(legs.Count);
        foreach (var (_, leg) in legs)
        {
            sets.Add(IsCall(leg) ? null : await labelSets.IdAsync([.. leg.Labels.Select(label => StoredText.Clean(label))], cancellationToken));
        }

        var named = legs.Select(l => l.Leg.Environment).ToArray();
        if (run.IsTrusted)
            await environments.MakeOfJobsAsync(run.Repository, [.. named.OfType<string>()], cancellationToken);

        Add(
            batch,
            LegsSql,
            run.Id.Value,
            run.Attempt.Value,
            run.Priority,
            now.UtcDateTime,
            legs.Select(l => l.Key).ToArray(),
            legs.Select(l => l.Leg.Index).ToArray(),
            legs.Select(l => StoredText.Clean(l.Leg.Name)).ToArray(),
            legs.Select(l => l.Leg.JobType).ToArray(),
            legs.Select(l => turn.Plan[l.Key].Job.Uses).ToArray(),
            legs.Select(l => Json(l.Leg.Matrix)).ToArray(),
            legs.Select(l => Json(l.Leg.Strategy)).ToArray(),
            legs.Select(l => Json(l.Leg.Inputs)).ToArray(),
            legs.Select(l => l.Leg.MayFail).ToArray(),
            sets.ToArray(),
            legs.Select(l => l.Leg.Queued && !IsCall(l.Leg)).ToArray(),
            legs.Select(l => l.Leg.Queued ? null : "Waits for other legs of its matrix: max-parallel.").ToArray(),
            named,
            named.Select(EnvironmentStore.KeyOf).ToArray());
    }

    private void AddEnded(NpgsqlBatch batch)
    {
        if (ended.Count > 0)
        {
            Add(
                batch,
                EndJobsSql,
                run.Attempt.Value,
                now.UtcDateTime,
                ended.Select(e => e.Key).ToArray(),
                ended.Select(e => e.Leg).ToArray(),
                ended.Select(e => e.Conclusion.Name()).ToArray(),
                ended.Select(e => StoredText.Clean(e.Reason)).ToArray());
        }
    }

    private void AddCalls(NpgsqlBatch batch)
    {
        if (begun.Count > 0)
        {
            Add(batch, BeginCallsSql, run.Attempt.Value, now.UtcDateTime, begun.Select(c => c.Key).ToArray(), begun.Select(c => c.Index).ToArray());
        }

        if (endedCalls.Count > 0)
        {
            Add(
                batch,
                EndCallsSql,
                run.Attempt.Value,
                now.UtcDateTime,
                endedCalls.Select(e => e.Call.Key).ToArray(),
                endedCalls.Select(e => e.Call.Index).ToArray(),
                endedCalls.Select(e => e.Conclusion.Name()).ToArray(),
                endedCalls.Select(e => StoredText.Clean(e.Reason)).ToArray(),
                endedCalls.Select(e => StoredText.CleanJson(NodeStateJson.WriteOutputs(e.Outputs))).ToArray());
        }
    }

    private void AddQueued(NpgsqlBatch batch)
    {
        if (toQueue.Count > 0)
        {
            Add(batch, QueueJobsSql, run.Attempt.Value, now.UtcDateTime, toQueue.Select(q => q.Key).ToArray(), toQueue.Select(q => q.Leg).ToArray());
        }

        var all = legs.Where(l => l.Leg.Queued && !IsCall(l.Leg)).Select(l => (l.Key, Leg: l.Leg.Index)).Concat(toQueue).ToList();
        if (all.Count > 0)
        {
            wakeUps.Add(RunChannels.Queue);
            Add(
                batch,
                ExecutionsSql,
                run.Attempt.Value,
                run.Repository.Value,
                run.Organization.Value,
                now.UtcDateTime,
                all.Select(q => q.Key).ToArray(),
                all.Select(q => q.Leg).ToArray());
        }
    }

    private void AddChangedNodes(NpgsqlBatch batch, RunTurn turn)
    {
        var inserted = created.Select(n => n.Node.Key).ToHashSet(StringComparer.Ordinal);
        var changed = turn.Changed.Where(n => !inserted.Contains(n.Key)).ToList();
        if (changed.Count > 0)
        {
            Add(
                batch,
                UpdateNodesSql,
                run.Attempt.Value,
                changed.Select(n => n.Key).ToArray(),
                changed.Select(n => n.OpenNeeds).ToArray(),
                changed.Select(n => n.OpenLegs).ToArray(),
                changed.Select(Phase).ToArray(),
                changed.Select(NodeStateJson.Write).ToArray(),
                changed.Select(n => n.Result?.Name()).ToArray(),
                changed.Select(n => StoredText.CleanJson(NodeStateJson.WriteOutputs(n.Outputs))).ToArray());
        }
    }

    private void AddAttempt(NpgsqlBatch batch, RunState state) => Add(
        batch,
        AttemptSql,
        run.Attempt.Value,
        state.OpenNodes,
        state.SucceededNodes,
        state.FailedNodes,
        state.CancelledNodes,
        Text(state.CancelReason),
        now.UtcDateTime,
        Text(state.Conclusion?.Name()),
        state.CalledJobs);

    private NpgsqlBatchCommand AddRun(NpgsqlBatch batch, RunState state) => Add(
        batch,
        RunSql,
        run.Id.Value,
        run.Version,
        now.UtcDateTime,
        Text(state.Conclusion?.Name()),
        run.Status == Status.Queued && !isNew,
        run.Attempt.Value);

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        batch.BatchCommands.Add(command);
        return command;
    }

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)StoredText.Clean(text) ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static bool IsCall(LegSpec leg) => leg.Inputs is not null;

    private static string? Json(ObjectValue? value) => value is null ? null : StoredText.CleanJson(ValueJson.ToElement(value).GetRawText());

    private static string Phase(NodeState node) => node.Phase switch
    {
        NodePhase.Waiting => "waiting",
        NodePhase.Running => "running",
        NodePhase.Settled => "settled",
        _ => throw new ArgumentOutOfRangeException(nameof(node), node.Phase, message: null),
    };
}
