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
        select status from actions_job_executions where id = $1 and runner_id = $2 and fencing_token = $3
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
        // The others are the server's to give: no executor has a startup failure, or waits for somebody.
        request = request with { Conclusion = StepReports.Sound(request.Conclusion) };
        IReadOnlyList<string> channels = [];
        var result = await database.InTransactionAsync(
            async connection =>
            {
                if (await RunDriver.LockAsync(connection, key.Execution, cancellationToken) is not { } row)
                {
                    return new CompleteResult.Lost();
                }

                if (await StatusAsync(connection, key, request.LogLengths, cancellationToken) is { } settled)
                {
                    return settled;
                }

                var (job, leg) = await EndAsync(connection, key, request, cancellationToken);
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

    /// <returns>Null: the execution is this runner's and may be ended. It stays so: only who holds the run's lock ends a claimed one.</returns>
    private static async Task<CompleteResult?> StatusAsync(
        NpgsqlConnection connection, ExecutionKey key, IReadOnlyDictionary<int, long> logLengths, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindSql, connection)
        {
            Parameters = { new() { Value = key.Execution.Value }, new() { Value = key.Runner.Value }, new() { Value = key.FencingToken } },
        };

        // A lost lease draws a new token, so a completed execution with this one was ended by this very runner.
        return await command.ExecuteScalarAsync(cancellationToken) switch
        {
            not string => new CompleteResult.Lost(),
            "completed" => new CompleteResult.Done(),
            _ => await MissingLogAsync(connection, key.Execution, logLengths),
        };
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

    private async Task<(string Key, int Leg)> EndAsync(NpgsqlConnection connection, ExecutionKey key, CompleteRequest request, CancellationToken cancellationToken)
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
        StepReports.Add(batch, key.Execution, request.Steps, request.Annotations, now);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetString(0), reader.GetInt32(1))
            : throw new InvalidOperationException($"Execution {key.Execution.Value} was ended by somebody without its run's lock.");
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
