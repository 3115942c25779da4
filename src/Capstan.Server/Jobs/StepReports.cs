using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Capstan.Server.Jobs;

/// <summary>Stores what runners report of their steps. Idempotent, and indifferent to the order of messages. Thread-safe.</summary>
internal sealed class StepReports(Database database, WakeUps wakeUps, TimeProvider clock)
{
    /// <summary>Steps of one execution, and annotations: what lies beyond is not stored.</summary>
    public const int MaxSteps = 10_000;

    public const int MaxAnnotations = 1_000;

    /// <summary>UTF-16 units of a name, a reason or a title; a longer one is cut.</summary>
    public const int MaxNameLength = 1_000;

    /// <summary>UTF-16 units of an annotation's message; a longer one is cut.</summary>
    public const int MaxMessageLength = 16_384;

    /// <summary>
    /// Locks the execution until the end of the batch, so that a step is never taken to have started after a lost lease was settled the other way. The
    /// statements behind it look again by <see cref="Mine"/>, which nobody can change any more.
    /// </summary>
    private const string GuardSql = """
        with mine as (
            select id, job_id, steps_started_at from actions_job_executions
            where id = $1 and runner_id = $2 and fencing_token = $3 and status = 'in_progress'
            for no key update
        ), started as (
            update actions_job_executions e set steps_started_at = $4 from mine where e.id = mine.id and mine.steps_started_at is null and $5
        )
        select j.run_id from mine join actions_jobs j on j.id = mine.job_id
        """;

    private const string Mine = """

        where exists (select from actions_job_executions where id = $1 and runner_id = $2 and fencing_token = $3 and status = 'in_progress')
        """;

    /// <summary>A message that comes late never takes a step back.</summary>
    private const string StepsSql = """
        insert into actions_steps (job_execution_id, number, name, parallel_group, background, status, conclusion, outcome, why, started_at, completed_at)
        select $1, n, m, g, a, s, c, o, w, b, e
        from unnest($4::int[], $5::text[], $6::text[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::timestamptz[])
            u (n, m, g, a, s, c, o, w, b, e)
        """ + Mine + """

        on conflict (job_execution_id, number) do update
        set name = excluded.name, parallel_group = excluded.parallel_group, background = excluded.background, status = excluded.status, conclusion = excluded.conclusion,
            outcome = excluded.outcome, why = excluded.why, started_at = excluded.started_at, completed_at = excluded.completed_at
        where actions_steps.status <> 'completed' and (actions_steps.status = 'pending' or excluded.status <> 'pending')
        """;

    private const string AnnotationsSql = """
        insert into actions_annotations (job_execution_id, number, step, level, message, title, file, line, end_line, col, end_col)
        select $1, n, s, v, m, t, f, l, el, c, ec
        from unnest($4::int[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[], $11::int[], $12::int[], $13::int[]) u (n, s, v, m, t, f, l, el, c, ec)
        """ + Mine + """

        on conflict (job_execution_id, number) do nothing
        """;

    /// <returns>False when the execution is not this runner's any more: nothing was stored.</returns>
    public async Task<bool> StoreAsync(ExecutionKey key, StepsRequest report, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var started = report.Started || report.Steps.Any(s => s.Status != Status.Pending && s is not { Number: 1, Name: Protocol.SetUpName });
        await using var connection = await database.Jobs.OpenAsync(cancellationToken);

        // A batch is one transaction, and costs one round trip.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command(GuardSql, key.Execution.Value, key.Runner.Value, key.FencingToken, now.UtcDateTime, started));
        Add(batch, key, report.Steps, report.Annotations, now);
        if (await batch.ExecuteScalarAsync(cancellationToken) is not long run)
        {
            return false;
        }

        if (batch.BatchCommands.Count > 1)
        {
            wakeUps.Signal(RunChannels.Of(new RunId(run)));
        }

        return true;
    }

    /// <summary>Adds the statements that store steps and annotations of an execution which the transaction has locked; nothing when it is not the key's.</summary>
    public static void Add(NpgsqlBatch batch, ExecutionKey key, IReadOnlyList<StepReport> steps, IReadOnlyList<Annotation> annotations, DateTimeOffset now)
    {
        var sound = steps.Where(s => s.Number is >= 1 and <= MaxSteps).GroupBy(s => s.Number).Select(g => Sound(g.Last(), now)).ToList();
        if (sound.Count > 0)
        {
            batch.BatchCommands.Add(Command(
                StepsSql,
                key.Execution.Value,
                key.Runner.Value,
                key.FencingToken,
                sound.Select(s => s.Number).ToArray(),
                sound.Select(s => Text(s.Name, MaxNameLength) ?? "").ToArray(),
                sound.Select(s => Text(s.ParallelGroup, MaxNameLength)).ToArray(),
                sound.Select(s => s.Background && s.ParallelGroup is null).ToArray(),
                sound.Select(s => s.Status.Name()).ToArray(),
                sound.Select(s => s.Conclusion?.Name()).ToArray(),
                sound.Select(s => s.Outcome?.Name()).ToArray(),
                sound.Select(s => Text(s.Why, MaxNameLength)).ToArray(),
                sound.Select(s => s.StartedAt?.UtcDateTime).ToArray(),
                sound.Select(s => s.CompletedAt?.UtcDateTime).ToArray()));
        }

        var kept = annotations.Where(a => a.Number is >= 1 and <= MaxAnnotations && a.Level is "notice" or "warning" or "failure").GroupBy(a => a.Number).Select(g => g.Last()).ToList();
        if (kept.Count > 0)
        {
            batch.BatchCommands.Add(Command(
                AnnotationsSql,
                key.Execution.Value,
                key.Runner.Value,
                key.FencingToken,
                kept.Select(a => a.Number).ToArray(),
                kept.Select(a => a.Step).ToArray(),
                kept.Select(a => a.Level).ToArray(),
                kept.Select(a => Text(a.Message, MaxMessageLength) ?? "").ToArray(),
                kept.Select(a => Text(a.Title, MaxNameLength)).ToArray(),
                kept.Select(a => Text(a.File, MaxNameLength)).ToArray(),
                kept.Select(a => a.Line).ToArray(),
                kept.Select(a => a.EndLine).ToArray(),
                kept.Select(a => a.Column).ToArray(),
                kept.Select(a => a.EndColumn).ToArray()));
        }
    }

    /// <summary>What a runner's message may get wrong must not make a statement fail: the runner would send it again for ever.</summary>
    private static StepReport Sound(StepReport step, DateTimeOffset now) => step.Status == Status.Completed
        ? step with { Conclusion = Sound(step.Conclusion ?? Conclusion.Failure), Outcome = step.Outcome is { } outcome ? Sound(outcome) : null, CompletedAt = step.CompletedAt ?? now }
        : step with { Status = step.Status == Status.InProgress ? Status.InProgress : Status.Pending, Conclusion = null, Outcome = null, CompletedAt = null };

    internal static Conclusion Sound(Conclusion conclusion) =>
        conclusion is Conclusion.Success or Conclusion.Failure or Conclusion.Cancelled or Conclusion.Skipped or Conclusion.TimedOut ? conclusion : Conclusion.Failure;

    /// <summary>PostgreSQL's texts hold no zero character.</summary>
    internal static string? Text(string? text, int maxLength)
    {
        var clean = text?.Replace("\0", "", StringComparison.Ordinal);
        return clean is null || clean.Length <= maxLength ? clean : string.Concat(clean.AsSpan(0, char.IsHighSurrogate(clean[maxLength - 1]) ? maxLength - 1 : maxLength), "…");
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value };

            // The driver takes the type from the first time in an array, which a step that was skipped does not have.
            if (value is DateTime?[]) parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz;
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
