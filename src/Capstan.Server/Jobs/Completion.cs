using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Logs;
using Capstan.Server.Runs;
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
    /// <summary>Outputs of a job, at most. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs</summary>
    public const int MaxOutputChars = 1024 * 1024;

    private const int MaxReasonLength = 2_000;

    private const string FindSql = """
        select j.run_id, e.status, e.fencing_token = $3 and e.runner_id = $2
        from actions_job_executions e join actions_jobs j on j.id = e.job_id
        where e.id = $1
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
        update actions_jobs j set status = 'completed', conclusion = $4, reason = $5, outputs = $7::jsonb, completed_at = greatest(ended.completed_at, j.started_at)
        from ended where j.id = ended.job_id and j.status = 'in_progress'
        returning j.job_key, j.matrix_index
        """;

    /// <remarks>Idempotent for the same key. Lock order: run, execution, job.</remarks>
    public async Task<CompleteResult> CompleteAsync(ExecutionKey key, CompleteRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> channels = [];
        var result = await database.InTransactionAsync(
            async connection =>
            {
                var (run, settled) = await FindAsync(connection, key, cancellationToken);
                if (settled is not null)
                {
                    return settled;
                }

                var row = await RunDriver.LockAsync(connection, run, cancellationToken) ?? throw new InvalidOperationException($"There is no run {run.Value}.");
                if (await MissingLogAsync(connection, key.Execution, request.LogLengths) is { } missing)
                {
                    return missing;
                }

                if (await EndAsync(connection, key, request, cancellationToken) is not var (job, leg))
                {
                    // Somebody ended it while this call waited for the run: the same report sent twice, or a lost lease.
                    return (await FindAsync(connection, key, cancellationToken)).Settled ?? new CompleteResult.Lost();
                }

                var ended = new RunEvent.LegEnded(job, leg, request.Conclusion, Outputs(request.Outputs));
                channels = await driver.HandleAsync(connection, row, ended, cancellationToken);
                return new CompleteResult.Done();
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

    private static async Task<(RunId Run, CompleteResult? Settled)> FindAsync(NpgsqlConnection connection, ExecutionKey key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindSql, connection)
        {
            Parameters = { new() { Value = key.Execution.Value }, new() { Value = key.Runner.Value }, new() { Value = key.FencingToken } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken) || reader.IsDBNull(2) || !reader.GetBoolean(2))
        {
            return (default, new CompleteResult.Lost());
        }

        // A lease that was lost is ended by the server with the reason that says so; any other end of a claimed execution is its runner's own.
        var run = new RunId(reader.GetInt64(0));
        return reader.GetString(1) == Status.Completed.Name() ? (run, new CompleteResult.Done()) : (run, null);
    }

    private static async Task<CompleteResult.LogMissing?> MissingLogAsync(NpgsqlConnection connection, ExecutionId execution, IReadOnlyDictionary<int, long> lengths)
    {
        if (lengths.Values.All(l => l == 0))
        {
            return null;
        }

        var stored = await LogStreams.LengthsAsync(connection, execution);
        foreach (var (stream, length) in lengths)
        {
            var there = stored.GetValueOrDefault(stream);
            if (there < length)
            {
                return new CompleteResult.LogMissing(stream, there);
            }
        }

        return null;
    }

    private async Task<(string Key, int Leg)?> EndAsync(NpgsqlConnection connection, ExecutionKey key, CompleteRequest request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var batch = new NpgsqlBatch(connection);
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
                new() { Value = NodeStateJson.WriteOutputs(Outputs(request.Outputs)) },
                new() { Value = StatusProjections.LastJobResult(request.Conclusion) },
                new() { Value = request.Steps.Where(s => s.Status == Status.Completed).Select(s => s.Number).ToArray() },
            },
        });
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
            {
                return null;
            }

            var ended = (reader.GetString(0), reader.GetInt32(1));
            await reader.CloseAsync();
            await using var steps = new NpgsqlBatch(connection);
            StepReports.Add(steps, key.Execution, request.Steps, request.Annotations, now);
            await StepReports.ExecuteAsync(steps, cancellationToken);
            return ended;
        }
    }

    /// <summary>Outputs beyond the limit are left out, the last ones first.</summary>
    private static Dictionary<string, string> Outputs(IReadOnlyDictionary<string, string> given)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        var chars = 0;
        foreach (var (name, value) in given)
        {
            chars += name.Length + value.Length;
            if (chars <= MaxOutputChars)
            {
                kept[name] = value.Replace("\0", "", StringComparison.Ordinal);
            }
        }

        return kept;
    }
}
