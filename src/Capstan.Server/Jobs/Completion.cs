using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Logs;
using Capstan.Server.Runs;
using Capstan.Workflows.Settings;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>What a report of the end came to.</summary>
public abstract record CompleteResult
{
    private CompleteResult()
    {
    }

    /// <summary>The execution has ended as reported, by this call or by an earlier one with the same token.</summary>
    public sealed record Done : CompleteResult;

    /// <summary>The execution is not this runner's any more: nothing was changed.</summary>
    public sealed record Lost : CompleteResult;

    /// <summary>Bytes of a stream have not arrived yet: nothing was changed. The runner sends them, then reports the end again.</summary>
    public sealed record LogMissing(int Stream, long NextOffset) : CompleteResult;
}

/// <summary>Ends an execution, and with it its job, and decides what follows, in one transaction. Thread-safe.</summary>
internal sealed class Completion(Database database, RunDriver driver, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>
    /// Outputs of a job, at most, in UTF-16 units of their values. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
    /// </summary>
    public const int MaxOutputChars = 1024 * 1024;

    private const int MaxReasonLength = 2_000;

    /// <summary>Nobody but who holds the run's lock ends a claimed execution; its own keeps late log chunks out until the end is decided.</summary>
    private const string FindSql = """
        select e.status, j.job_key, j.matrix_index from actions_job_executions e join actions_jobs j on j.id = e.job_id
        where e.id = $1 and e.runner_id = $2 and e.fencing_token = $3
        for no key update of e
        """;

    private const string EndSql = """
        with ended as (
            update actions_job_executions set status = 'completed', conclusion = $4, reason = $5, completed_at = greatest($6, started_at)
            where id = $1 and runner_id = $2 and fencing_token = $3 and status = 'in_progress'
            returning job_id, runner_id, completed_at
        ), runner as (
            update actions_runners r set last_job_result = $8 from ended where r.id = ended.runner_id and r.last_job_result is distinct from $8
        ), open_steps as (
            update actions_steps set status = 'completed', conclusion = 'cancelled', completed_at = $6
            where job_execution_id = (select $1 from ended) and status <> 'completed' and not (number = any($9))
        )
        update actions_jobs j set status = 'completed', conclusion = $4, reason = $5, outputs = $7::jsonb, completed_at = greatest(ended.completed_at, j.started_at),
            environment_url = case when j.environment is not null then $10 end
        from ended where j.id = ended.job_id and j.status = 'in_progress'
        """;

    /// <remarks>Idempotent for the same key. Lock order: run, execution, job. Three round trips: what is there, what follows, the commit.</remarks>
    public async Task<CompleteResult> CompleteAsync(ExecutionKey key, CompleteRequest request, CancellationToken cancellationToken)
    {
        request = Sound(request);
        IReadOnlyList<string> channels = [];
        var result = await database.Jobs.InTransactionAsync(
            async connection =>
            {
                if (await FindAsync(connection, key, cancellationToken) is not { } found)
                {
                    return new CompleteResult.Lost();
                }

                // A lost lease draws a new token, so a completed execution with this one was ended by this very runner.
                if (found.HasEnded)
                {
                    return new CompleteResult.Done();
                }

                if (found.Log.Take(request.LogTails ?? [], request.LogLengths) is var (stream, nextOffset))
                {
                    return new CompleteResult.LogMissing(stream, nextOffset);
                }

                var ended = new RunEvent.LegEnded(found.Job, found.Leg, request.Conclusion, request.Outputs);
                var end = new Action<NpgsqlBatch>(batch => AddEnd(batch, key, request, found.Log));
                channels = await driver.HandleAsync(connection, found.Run, ended, found.Nodes, end, cancellationToken);
                return (CompleteResult)new CompleteResult.Done();
            },
            cancellationToken);
        foreach (var channel in channels)
        {
            wakeUps.Signal(channel);
        }

        if (channels.Count > 0)
        {
            wakeUps.Signal(RunChannels.Of(key.Execution));
        }

        return result;
    }

    /// <summary>Locks the run and the execution, and reads in the same round trip all that the decision needs.</summary>
    /// <returns>Null: the execution is not this runner's.</returns>
    private static async Task<Found?> FindAsync(NpgsqlConnection connection, ExecutionKey key, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        RunDriver.AddLock(batch, key.Execution);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FindSql) { Parameters = { Id(), new() { Value = key.Runner.Value }, new() { Value = key.FencingToken } } });
        RunDriver.AddNodeOf(batch, key.Execution);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LogTails.StreamsSql) { Parameters = { Id() } });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (await RunDriver.ReadRunAsync(reader, cancellationToken) is not { } run || !await reader.NextResultAsync(cancellationToken) || !await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var (status, job, leg) = (reader.GetString(0), reader.GetString(1), reader.GetInt32(2));
        await reader.NextResultAsync(cancellationToken);
        var nodes = await RunDriver.ReadNodesAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return new Found(run, status == "completed", job, leg, nodes, await LogTails.ReadAsync(reader, cancellationToken));

        NpgsqlParameter Id() => new() { Value = key.Execution.Value };
    }

    private void AddEnd(NpgsqlBatch batch, ExecutionKey key, CompleteRequest request, LogTails log)
    {
        var now = clock.GetUtcNow();
        log.AddTo(batch, key.Execution, now);
        StepReports.Add(batch, key, request.Steps, request.Annotations, now);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(EndSql)
        {
            Parameters =
            {
                new() { Value = key.Execution.Value },
                new() { Value = key.Runner.Value },
                new() { Value = key.FencingToken },
                new() { Value = request.Conclusion.Name() },
                new() { Value = (object?)StepReports.Text(request.Reason, MaxReasonLength) ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = now.UtcDateTime },
                new() { Value = NodeStateJson.WriteOutputs(request.Outputs) },
                new() { Value = StatusProjections.LastJobResult(request.Conclusion) },
                new() { Value = request.Steps.Where(s => s.Status == Status.Completed).Select(s => s.Number).ToArray() },
                new() { Value = (object?)request.EnvironmentUrl ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
            },
        });
    }

    /// <summary>The conclusions that are left out are the server's to give: no executor has a startup failure, or waits for somebody.</summary>
    private static CompleteRequest Sound(CompleteRequest request)
    {
        request = request with { EnvironmentUrl = request.EnvironmentUrl is { } url && EnvironmentSettings.IsAddress(url) ? StoredText.Clean(url) : null };
        var chars = request.Outputs.Values.Sum(value => (long)value.Length);
        if (chars <= MaxOutputChars)
        {
            return request with
            {
                Conclusion = StepReports.Sound(request.Conclusion),
                Outputs = request.Outputs.ToDictionary(o => StoredText.Clean(o.Key), o => StoredText.Clean(o.Value), StringComparer.Ordinal),
            };
        }

        // Jobs that need them would go on with outputs that nobody set: better that this one says what is wrong.
        var why = $"The outputs of a job may have {MaxOutputChars / 1024}k together; this job has {chars / 1024}k.";
        var number = request.Annotations.Select(a => a.Number).DefaultIfEmpty().Max() + 1;
        return request with
        {
            Conclusion = Conclusion.Failure,
            Reason = why,
            Outputs = new Dictionary<string, string>(),
            Annotations = [.. request.Annotations, new Annotation(number, 0, "failure", why, null, null, null, null, null, null)],
        };
    }

    /// <param name="Nodes">Of the run: the job's own.</param>
    private sealed record Found(RunRow Run, bool HasEnded, string Job, int Leg, IReadOnlyList<NodeState> Nodes, LogTails Log);
}
