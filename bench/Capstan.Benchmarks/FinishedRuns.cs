using System.Globalization;
using Npgsql;

namespace Capstan.Benchmarks;

/// <summary>
/// A history: copies of one run, ended, each with its trigger event, attempt, job node, job and execution. Rows get their numbers from a series and not from one
/// another, so every table is filled by one plain statement a batch; what they refer to is known to be there, so foreign keys are not looked up row by row.
/// </summary>
internal static class FinishedRuns
{
    private const int RunsInABatch = 50_000;
    private const int Connections = 2;

    private static readonly string[] Tables = ["trigger_events", "actions_workflow_runs", "actions_run_attempts", "actions_jobs", "actions_job_executions"];

    /// <summary>Says on standard error how far it is.</summary>
    public static async Task AddAsync(Func<CancellationToken, Task<NpgsqlConnection>> openAsync, int runs, CancellationToken cancel)
    {
        await using var main = await openAsync(cancel);
        var template = await ScalarAsync(main, "select max(id) from actions_workflow_runs", cancel);
        var first = await ScalarAsync(main, $"select greatest({string.Join(", ", Tables.Select(table => $"(select max(id) from {table})"))}) + 1", cancel);
        var done = 0;
        var batches = Enumerable.Range(0, (runs + RunsInABatch - 1) / RunsInABatch).Select(n => (From: first + ((long)n * RunsInABatch), To: first + Math.Min((long)(n + 1) * RunsInABatch, runs) - 1));
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = Connections, CancellationToken = cancel }, async (batch, stop) =>
        {
            await using var connection = await openAsync(stop);
            await BareLimits.ExecuteAsync(connection, "set session_replication_role = replica; set synchronous_commit = off", stop);
            await BareLimits.ExecuteAsync(connection, Batch(template, batch.From, batch.To), stop);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Add(ref done, (int)(batch.To - batch.From) + 1):#,0} of {runs:#,0} finished runs"));
        });
        foreach (var table in Tables)
        {
            await BareLimits.ExecuteAsync(main, $"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))", cancel);
        }

        // What autovacuum would do within minutes: a benchmark of a database that has just been loaded would measure the loading.
        foreach (var table in (string[])[.. Tables, "actions_job_nodes"])
        {
            await BareLimits.ExecuteAsync(main, $"vacuum (analyze) {table}", cancel);
        }
    }

    private static string Batch(long template, long from, long to) => string.Create(CultureInfo.InvariantCulture, $$"""
        insert into trigger_events (id, repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at) overriding system value
        select n, e.repository_id, e.event, e.ref, e.head_sha, e.actor_id, e.payload, 'processed', e.created_at, e.not_before, e.created_at
        from generate_series({{from}}, {{to}}) n, trigger_events e where e.id = (select trigger_event_id from actions_workflow_runs where id = {{template}});

        insert into actions_workflow_runs (id, repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id,
            trust, status, conclusion, created_at, started_at, completed_at, updated_at) overriding system value
        select n, r.repository_id, r.workflow_id, r.workflow_version_id, n + 1000000, r.title, r.event, n, r.head_repository_id, r.ref, r.head_sha, r.actor_id,
            r.trust, 'completed', 'success', r.created_at, r.created_at, r.created_at, r.created_at
        from generate_series({{from}}, {{to}}) n, actions_workflow_runs r where r.id = {{template}};

        insert into actions_run_attempts (id, run_id, attempt, requested_by, why, status, conclusion, open_nodes, succeeded_nodes, created_at, started_at, completed_at) overriding system value
        select n, n, 1, r.actor_id, 'push', 'completed', 'success', 0, 1, r.created_at, r.created_at, r.created_at
        from generate_series({{from}}, {{to}}) n, actions_workflow_runs r where r.id = {{template}};

        insert into actions_job_nodes (attempt_id, job_key, place, needs, dependants, open_needs, phase, result)
        select n, 'job', '{0}', '{}', '{}', 0, 'settled', 'success' from generate_series({{from}}, {{to}}) n;

        insert into actions_jobs (id, run_id, attempt_id, job_key, name, label_set_id, status, conclusion, created_at, queued_at, started_at, completed_at) overriding system value
        select n, n, n, 'job', 'job', s.ids[1 + n % cardinality(s.ids)], 'completed', 'success', r.created_at, r.created_at, r.created_at, r.created_at
        from generate_series({{from}}, {{to}}) n, actions_workflow_runs r, (select array_agg(id) as ids from actions_label_sets) s where r.id = {{template}};

        insert into actions_job_executions (id, job_id, number, repository_id, organization_id, label_set_id, priority, status, conclusion, runner_id, fencing_token, lease_until,
            queued_at, started_at, completed_at) overriding system value
        select n, n, 1, r.repository_id, p.organization_id, s.ids[1 + n % cardinality(s.ids)], 0, 'completed', 'success', u.ids[1 + n % cardinality(u.ids)], 1, r.created_at,
            r.created_at, r.created_at, r.created_at
        from generate_series({{from}}, {{to}}) n, actions_workflow_runs r join repositories p on p.id = r.repository_id,
            (select array_agg(id) as ids from actions_label_sets) s, (select array_agg(id) as ids from actions_runners) u
        where r.id = {{template}}
        """);

    private static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
