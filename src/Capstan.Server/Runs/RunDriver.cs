using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Orchestration.Calls;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Jobs;
using Capstan.Workflows.Expressions;
using Npgsql;

namespace Capstan.Server.Runs;

/// <summary>
/// Drives the run machine over the database: loads the nodes a turn asks for, applies its effects as rows, and writes all of them in one round trip at the
/// turn's end, inside the caller's transaction. Thread-safe.
/// </summary>
internal sealed class RunDriver(RunPlans plans, RunFactsQueries facts, LabelSets labelSets, EnvironmentStore environments, TimeProvider clock)
{
    /// <summary>
    /// Locks the run until the end of the transaction: its events are decided one after the other. Both rows are locked, because a row that is only joined
    /// would be read as it was before the wait for the lock. Lock order everywhere: run, attempt, execution, job.
    /// </summary>
    private const string LockSql = RunSql + """

        where r.id = $1
        for no key update of r, a
        """;

    private const string LockOfExecutionSql = RunSql + """

        where r.id = (select j.run_id from actions_job_executions e join actions_jobs j on j.id = e.job_id where e.id = $1)
        for no key update of r, a
        """;

    private const string RunSql = """
        select r.id, a.id, r.workflow_version_id, r.repository_id, p.organization_id, p.priority, r.version, r.status,
            a.open_nodes, a.succeeded_nodes, a.failed_nodes, a.cancelled_nodes, a.cancel_reason, a.conclusion,
            a.called_jobs, r.trust = 'full'
        from actions_workflow_runs r
        join actions_run_attempts a on a.run_id = r.id and a.attempt = r.run_attempt
        join repositories p on p.id = r.repository_id
        """;

    private const string NodesSql = "select job_key, state::text, outputs::text from actions_job_nodes where attempt_id = $1 and job_key = any($2)";

    private const string NodeOfExecutionSql = """
        select n.job_key, n.state::text, n.outputs::text from actions_job_executions e
        join actions_jobs j on j.id = e.job_id
        join actions_job_nodes n on n.attempt_id = j.attempt_id and n.job_key = j.job_key
        where e.id = $1
        """;

    private const string RunningNodesSql = "select job_key, state::text, outputs::text from actions_job_nodes where attempt_id = $1 and phase = 'running'";

    private const string CallsSql = """
        select j.job_key, j.matrix_index, j.name, j.matrix::text, j.strategy::text, j.inputs::text
        from unnest($2::text[], $3::int[]) u (k, i) join actions_jobs j on j.attempt_id = $1 and j.job_key = u.k and j.matrix_index = u.i
        """;

    /// <summary>
    /// Ends the executions nobody runs yet and tells the runners of the others. A claim may win the row between this statement's snapshot and its lock: then
    /// the leg is in neither group, and the statement is repeated.
    /// </summary>
    private const string CancelSql = """
        with legs as (
            select j.id, j.matrix_index from actions_jobs j
            where j.attempt_id = $1 and j.job_key = $2 and j.matrix_index = any($3) and j.status <> 'completed'
        ), ended as (
            update actions_job_executions e set status = 'completed', conclusion = 'cancelled', reason = $4, completed_at = $5
            from legs where e.job_id = legs.id and e.status = 'queued'
            returning e.job_id
        ), told as (
            update actions_job_executions e
            set cancel_requested_at = coalesce(e.cancel_requested_at, $5), cancel_reason = coalesce(e.cancel_reason, $4)
            from legs where e.job_id = legs.id and e.status = 'in_progress'
            returning e.id, e.job_id
        ), jobs as (
            update actions_jobs j set status = 'completed', conclusion = 'cancelled', reason = $4, completed_at = $5
            from ended where j.id = ended.job_id
        )
        select legs.matrix_index, ended.job_id is not null, told.id
        from legs left join ended on ended.job_id = legs.id left join told on told.job_id = legs.id
        """;

    /// <summary>Locks a run and reads it; null when there is none.</summary>
    public static Task<RunRow?> LockAsync(NpgsqlConnection connection, RunId run, CancellationToken cancellationToken) =>
        LockAsync(connection, LockSql, run.Value, cancellationToken);

    /// <summary>Locks the run that an execution belongs to; null when there is no such execution.</summary>
    public static Task<RunRow?> LockAsync(NpgsqlConnection connection, ExecutionId execution, CancellationToken cancellationToken) =>
        LockAsync(connection, LockOfExecutionSql, execution.Value, cancellationToken);

    private static async Task<RunRow?> LockAsync(NpgsqlConnection connection, string sql, long id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadRunAsync(reader, cancellationToken);
    }

    /// <summary>As <see cref="LockAsync(NpgsqlConnection, ExecutionId, CancellationToken)"/>, as a part of a batch; its result is for <see cref="ReadRunAsync"/>.</summary>
    public static void AddLock(NpgsqlBatch batch, ExecutionId execution) =>
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockOfExecutionSql) { Parameters = { new() { Value = execution.Value } } });

    /// <summary>Reads the node of an execution's job; its result is for <see cref="ReadNodesAsync"/>.</summary>
    public static void AddNodeOf(NpgsqlBatch batch, ExecutionId execution) =>
        batch.BatchCommands.Add(new NpgsqlBatchCommand(NodeOfExecutionSql) { Parameters = { new() { Value = execution.Value } } });

    public static async Task<RunRow?> ReadRunAsync(NpgsqlDataReader reader, CancellationToken cancellationToken) =>
        await reader.ReadAsync(cancellationToken) ? Read(reader) : null;

    public static async Task<IReadOnlyList<NodeState>> ReadNodesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var nodes = new List<NodeState>();
        while (await reader.ReadAsync(cancellationToken))
        {
            nodes.Add(NodeStateJson.Read(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        return nodes;
    }

    /// <summary>The first turn of a new run, whose nodes are not stored yet.</summary>
    /// <returns>The channels to signal after the commit.</returns>
    public async Task<IReadOnlyList<string>> BeginAsync(
        NpgsqlConnection connection, RunRow run, RunPlan plan, IReadOnlyList<NodeState> nodes, Func<Task<RunContexts>> contexts, CancellationToken cancellationToken)
    {
        var turn = new RunTurn(plan, run.State);
        turn.Supply(nodes);
        turn.Add(new RunEvent.Started());
        var writes = new RunWrites(run, labelSets, environments, clock.GetUtcNow());
        writes.Begin(plan.Nodes);
        await DriveAsync(connection, run, turn, writes, contexts, cancellationToken);
        return await writes.ExecuteAsync(connection, turn, nodes, _ => { }, cancellationToken);
    }

    /// <summary>Decides what follows from an event of a run that the caller has locked, and writes it.</summary>
    /// <returns>The channels to signal after the commit.</returns>
    public Task<IReadOnlyList<string>> HandleAsync(NpgsqlConnection connection, RunRow run, RunEvent happened, CancellationToken cancellationToken) =>
        HandleAsync(connection, run, happened, [], _ => { }, cancellationToken);

    /// <param name="nodes">Those of the run that the caller has read since it locked the run.</param>
    /// <param name="first">Adds what the caller has to write to the statements of the turn, in front of them; the last of these must change a row.</param>
    /// <inheritdoc cref="HandleAsync(NpgsqlConnection, RunRow, RunEvent, CancellationToken)"/>
    public async Task<IReadOnlyList<string>> HandleAsync(
        NpgsqlConnection connection, RunRow run, RunEvent happened, IReadOnlyList<NodeState> nodes, Action<NpgsqlBatch> first, CancellationToken cancellationToken)
    {
        var plan = await plans.OfAsync(connection, run.WorkflowVersion, cancellationToken);
        var turn = new RunTurn(plan, run.State);
        turn.Supply(nodes);
        turn.Add(happened);
        var writes = new RunWrites(run, labelSets, environments, clock.GetUtcNow());
        await DriveAsync(connection, run, turn, writes, () => facts.ContextsAsync(connection, run.Attempt, cancellationToken), cancellationToken);
        return await writes.ExecuteAsync(connection, turn, [], first, cancellationToken);
    }

    /// <summary>Nodes of an attempt by key, in the order in which the keys come.</summary>
    public static async Task<IReadOnlyList<NodeState>> NodesAsync(NpgsqlConnection connection, AttemptId attempt, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return [];
        }

        var nodes = await NodesAsync(connection, NodesSql, [new() { Value = attempt.Value }, new() { Value = keys.ToArray() }], cancellationToken);
        var byKey = nodes.ToDictionary(n => n.Key, StringComparer.Ordinal);
        return [.. keys.Select(k => byKey[k])];
    }

    /// <summary>What became of calls when their legs were created.</summary>
    public static async Task<IReadOnlyDictionary<CallLeg, CallFacts>> CallsAsync(
        NpgsqlConnection connection, AttemptId attempt, IReadOnlyList<CallLeg> calls, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CallsSql, connection)
        {
            Parameters =
            {
                new() { Value = attempt.Value }, new() { Value = calls.Select(c => c.Key).ToArray() }, new() { Value = calls.Select(c => c.Index).ToArray() },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<CallLeg, CallFacts>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var matrix = reader.IsDBNull(3) ? null : Json(3);
            var facts = new CallFacts(reader.GetString(2), matrix, Json(4), Json(5));
            found.Add(new CallLeg(reader.GetString(0), reader.GetInt32(1)), facts);
        }

        return found;

        ObjectValue Json(int column) => (ObjectValue)ValueJson.Parse(reader.GetString(column));
    }

    private async Task DriveAsync(
        NpgsqlConnection connection, RunRow run, RunTurn turn, RunWrites writes, Func<Task<RunContexts>> contexts, CancellationToken cancellationToken)
    {
        RunContexts? known = null;
        while (!turn.IsDone)
        {
            if (turn.WantsRunning)
            {
                turn.SupplyRunning(await NodesAsync(connection, RunningNodesSql, [new() { Value = run.Attempt.Value }], cancellationToken));
            }

            if (turn.Missing is { Count: > 0 } missing)
            {
                turn.Supply(await NodesAsync(connection, run.Attempt, missing, cancellationToken));
            }

            if (turn.MissingCalls is { Count: > 0 } calls)
            {
                foreach (var (call, its) in await CallsAsync(connection, run.Attempt, calls, cancellationToken))
                {
                    turn.Supply(call, its);
                }
            }

            if (turn.WantsContexts)
            {
                known ??= await contexts();
            }

            foreach (var effect in turn.Step(known))
            {
                if (effect is RunEffect.CancelLegs cancel)
                {
                    await CancelAsync(connection, run, cancel, turn, writes, cancellationToken);
                }
                else
                {
                    writes.Add(effect);
                }
            }
        }
    }

    private async Task CancelAsync(
        NpgsqlConnection connection, RunRow run, RunEffect.CancelLegs cancel, RunTurn turn, RunWrites writes, CancellationToken cancellationToken)
    {
        var left = cancel.Legs.ToHashSet();
        while (left.Count > 0)
        {
            await using var command = new NpgsqlCommand(CancelSql, connection)
            {
                Parameters =
                {
                    new() { Value = run.Attempt.Value }, new() { Value = cancel.Key }, new() { Value = left.ToArray() }, new() { Value = cancel.Reason },
                    new() { Value = clock.GetUtcNow().UtcDateTime },
                },
            };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var open = new HashSet<int>();
            while (await reader.ReadAsync(cancellationToken))
            {
                var leg = reader.GetInt32(0);
                if (reader.GetBoolean(1))
                {
                    turn.Add(new RunEvent.LegEnded(cancel.Key, leg, Conclusion.Cancelled));
                }
                else if (!reader.IsDBNull(2))
                {
                    writes.WakeUp(RunChannels.Of(new ExecutionId(reader.GetInt64(2))));
                }
                else
                {
                    open.Add(leg);
                }
            }

            left = open;
        }
    }

    private static async Task<IReadOnlyList<NodeState>> NodesAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadNodesAsync(reader, cancellationToken);
    }

    private static RunRow Read(NpgsqlDataReader reader) => new(
        new RunId(reader.GetInt64(0)),
        new AttemptId(reader.GetInt64(1)),
        new WorkflowVersionId(reader.GetInt64(2)),
        new RepositoryId(reader.GetInt64(3)),
        new OrganizationId(reader.GetInt64(4)),
        reader.GetBoolean(15),
        reader.GetInt32(5),
        reader.GetInt64(6),
        StatusNames.ParseStatus(reader.GetString(7)),
        new RunState
        {
            OpenNodes = reader.GetInt32(8),
            SucceededNodes = reader.GetInt32(9),
            FailedNodes = reader.GetInt32(10),
            CancelledNodes = reader.GetInt32(11),
            CancelReason = reader.IsDBNull(12) ? null : reader.GetString(12),
            Conclusion = reader.IsDBNull(13) ? null : StatusNames.ParseConclusion(reader.GetString(13)),
            CalledJobs = reader.GetInt32(14),
        });
}
