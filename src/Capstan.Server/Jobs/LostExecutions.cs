using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Runs;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>
/// Settles executions that came to nothing: given to another runner when nothing had started, else ended. Runners that were lost and messages that could not be built
/// count; a claim that no runner ever received does not, however often that happens. Thread-safe, also across servers.
/// </summary>
internal sealed class LostExecutions(Database database, RunDriver driver, WakeUps wakeUps, TimeProvider clock)
{
    public const string Reason = "runner lost";

    /// <summary>Of an execution that no runner received. The executions with this reason are those that do not count.</summary>
    private const string GivenBack = "given back";

    /// <summary>A job that loses its runner before its first step this often is itself the likeliest reason.</summary>
    public const int MaxDispatches = 3;

    /// <summary>Guarded twice: the lease is looked at again now that the run is locked, and a token names the claim that is taken back, if it has not begun. A new token
    /// is drawn: from here on whatever the runner still sends is answered as lost. Those that count are found by the unique key of job and number.</summary>
    private const string EndSql = """
        with lost as (
            select e.id, e.cancel_requested_at is not null as wanted,
                e.steps_started_at is null and e.cancel_requested_at is null and ($5 = $6 or 1 + (
                    select count(*) from actions_job_executions b where b.job_id = e.job_id and b.status = 'completed' and b.reason is distinct from $6
                ) < $4) as again
            from actions_job_executions e
            where e.id = $1 and e.status = 'in_progress' and (e.lease_until < $2 or (e.fencing_token = $3 and e.steps_started_at is null))
            for no key update
        ), steps as (
            update actions_steps set status = 'completed', conclusion = 'cancelled', completed_at = $2
            where job_execution_id in (select id from lost) and status <> 'completed'
        )
        update actions_job_executions e
        set status = 'completed', conclusion = case when lost.wanted then 'cancelled' else 'failure' end, reason = $5, completed_at = greatest($2, e.started_at),
            fencing_token = nextval('actions_fencing_tokens')
        from lost where e.id = lost.id
        returning e.job_id, lost.again, lost.wanted
        """;

    private const string QueueAgainSql = """
        with job as (
            update actions_jobs set status = 'queued', started_at = null, queued_at = $2, reason = $3 where id = $1 and status = 'in_progress'
            returning id, label_set_id, priority
        )
        insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, queued_at)
        select job.id, e.number + 1, e.repository_id, e.organization_id, job.label_set_id, job.priority, 'queued', $2
        from job join actions_job_executions e on e.id = $4
        """;

    private const string EndJobSql = """
        update actions_jobs set status = 'completed', conclusion = $2, reason = $3, completed_at = greatest($4, started_at) where id = $1 and status = 'in_progress'
        returning job_key, matrix_index
        """;

    private const string UnknownSql = """
        select id, fencing_token from actions_job_executions
        where runner_id = $1 and status = 'in_progress' and steps_started_at is null and not (id = any($2))
        """;

    /// <summary>Settles one whose lease has run out. Nothing happens when it was renewed or ended meanwhile.</summary>
    public Task SettleExpiredAsync(ExecutionId execution, CancellationToken cancellationToken) =>
        SettleAsync(execution, token: 0, new Ending(Reason, "Its runner was lost before the first step."), cancellationToken);

    /// <summary>Takes back a claim that never reached its runner.</summary>
    public Task GiveBackAsync(ExecutionKey claim, CancellationToken cancellationToken) =>
        SettleAsync(claim.Execution, claim.FencingToken, new Ending(GivenBack, "Its runner was gone before it could be told."), cancellationToken);

    /// <summary>Takes back a claim of which its runner could not be told, because of the job itself as it seems.</summary>
    /// <param name="why">For people; shown with the job.</param>
    public Task GiveUpAsync(ExecutionKey claim, string why, CancellationToken cancellationToken) =>
        SettleAsync(claim.Execution, claim.FencingToken, new Ending(why, why), cancellationToken);

    /// <summary>Takes back what a runner was given that never reached it: all that has not begun and is not among what it holds.</summary>
    public async Task GiveBackAllButAsync(RunnerId runner, IReadOnlyList<long> holding, CancellationToken cancellationToken)
    {
        var unknown = new List<ExecutionKey>();
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            await using var command = new NpgsqlCommand(UnknownSql, connection) { Parameters = { new() { Value = runner.Value }, new() { Value = holding.ToArray() } } };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                unknown.Add(new ExecutionKey(new ExecutionId(reader.GetInt64(0)), runner, reader.GetInt64(1)));
            }
        }

        foreach (var claim in unknown)
        {
            await GiveBackAsync(claim, cancellationToken);
        }
    }

    private async Task SettleAsync(ExecutionId execution, long token, Ending ending, CancellationToken cancellationToken)
    {
        var channels = await database.Jobs.InTransactionAsync<IReadOnlyList<string>>(
            async connection =>
            {
                if (await RunDriver.LockAsync(connection, execution, cancellationToken) is not { } row
                    || await EndAsync(connection, execution, token, ending.Reason, cancellationToken) is not { } ended)
                {
                    return [];
                }

                if (ended.Again)
                {
                    var now = clock.GetUtcNow().UtcDateTime;
                    await ScalarAsync(connection, QueueAgainSql, cancellationToken, ended.Job.Value, now, ending.ReasonOfWaiting, execution.Value);
                    return [RunChannels.Queue, RunChannels.Of(row.Id), RunChannels.Of(execution)];
                }

                return [.. await EndJobAsync(connection, row, ended, ending.Reason, cancellationToken), RunChannels.Of(execution)];
            },
            cancellationToken);
        foreach (var channel in channels)
        {
            wakeUps.Signal(channel);
        }
    }

    private async Task<IReadOnlyList<string>> EndJobAsync(NpgsqlConnection connection, RunRow row, Ended ended, string reason, CancellationToken cancellationToken)
    {
        var conclusion = ended.Wanted ? Conclusion.Cancelled : Conclusion.Failure;
        await using var command = new NpgsqlCommand(EndJobSql, connection)
        {
            Parameters = { new() { Value = ended.Job.Value }, new() { Value = conclusion.Name() }, new() { Value = reason }, new() { Value = clock.GetUtcNow().UtcDateTime } },
        };
        RunEvent happened;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            if (!await reader.ReadAsync(cancellationToken))
            {
                return [];
            }

            happened = new RunEvent.LegEnded(reader.GetString(0), reader.GetInt32(1), conclusion);
        }

        return await driver.HandleAsync(connection, row, happened, cancellationToken);
    }

    private async Task<Ended?> EndAsync(NpgsqlConnection connection, ExecutionId execution, long token, string reason, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(EndSql, connection)
        {
            Parameters =
            {
                new() { Value = execution.Value }, new() { Value = clock.GetUtcNow().UtcDateTime }, new() { Value = token }, new() { Value = MaxDispatches }, new() { Value = reason },
                new() { Value = GivenBack },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Ended(new JobId(reader.GetInt64(0)), reader.GetBoolean(1), reader.GetBoolean(2)) : null;
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <param name="Reason">Of the execution, and of the job if it ends with it.</param>
    /// <param name="ReasonOfWaiting">Of the job that is queued again.</param>
    private sealed record Ending(string Reason, string ReasonOfWaiting);

    /// <param name="Again">The job is given to another runner.</param>
    /// <param name="Wanted">The run was to end anyway.</param>
    private sealed record Ended(JobId Job, bool Again, bool Wanted);
}
