using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Npgsql;
using NpgsqlTypes;

namespace Capstan.Server.Runs;

/// <summary>Which runs of a repository to list; newest first.</summary>
/// <param name="Before">Only runs with a smaller id.</param>
internal sealed record RunFilter(long? Before = null, string? Workflow = null, string? Event = null, string? Ref = null, Status? Status = null, Conclusion? Conclusion = null);

/// <summary>Reads workflows, runs and jobs for people and programs. Thread-safe.</summary>
internal sealed class RunQueries(Database database)
{
    private const string RunColumns = """
        select r.id, r.run_number, r.run_attempt, r.title, w.name, w.path, r.event, r.ref, r.head_sha, u.username, r.status, r.conclusion, r.reason, r.created_at,
            r.started_at, r.completed_at
        from actions_workflow_runs r join actions_workflows w on w.id = r.workflow_id join users u on u.id = r.actor_id
        """;

    /// <summary>Walks actions_workflow_runs_repository_idx backwards, page by page.</summary>
    private const string ListSql = RunColumns + """

        where r.repository_id = $1 and ($2::bigint is null or r.id < $2) and ($3::text is null or w.path = $3 or w.path = '.github/workflows/' || $3)
            and ($4::text is null or r.event = $4) and ($5::text is null or r.ref = $5 or r.ref = 'refs/heads/' || $5)
            and ($6::text is null or r.status = $6) and ($7::text is null or r.conclusion = $7)
        order by r.id desc limit $8
        """;

    private const string OneSql = RunColumns + "\nwhere r.id = $1 and r.repository_id = $2";

    private const string DiagnosticsSql = """
        select v.diagnostics::text from actions_workflow_runs r join actions_workflow_versions v on v.id = r.workflow_version_id where r.id = $1
        """;

    private const string JobColumns = """
        select j.id, j.run_id, a.attempt, j.job_key, j.name, j.job_type, j.status, j.conclusion, j.reason, coalesce(n.needs, '{}'), coalesce(l.labels, '{}'), x.name, e.id,
            j.created_at, j.started_at, j.completed_at, j.matrix::text, j.outputs::text, j.uses, j.environment, j.environment_url
        from actions_jobs j
        join actions_run_attempts a on a.id = j.attempt_id
        left join actions_job_nodes n on n.attempt_id = j.attempt_id and n.job_key = j.job_key
        left join actions_label_sets l on l.id = j.label_set_id
        left join lateral (select id, runner_id from actions_job_executions where job_id = j.id order by number desc limit 1) e on true
        left join actions_runners x on x.id = e.runner_id
        """;

    private const string JobsSql = JobColumns + """

        where j.attempt_id = (select a.id from actions_run_attempts a join actions_workflow_runs r on r.id = a.run_id and r.run_attempt = a.attempt where r.id = $1)
        order by n.place || j.matrix_index
        """;

    private const string JobSql = JobColumns + "\nwhere j.id = $1 and exists (select from actions_workflow_runs r where r.id = j.run_id and r.repository_id = $2)";

    private const string StepsSql = """
        select number, name, status, conclusion, outcome, started_at, completed_at, parallel_group, why, background
          from actions_steps where job_execution_id = $1 order by number
        """;

    private const string AnnotationsSql = """
        select step, level, message, title, file, line, end_line, col, end_col from actions_annotations where job_execution_id = $1 order by number
        """;

    private const string WorkflowsSql = """
        select w.id, w.path, w.name, w.state,
            coalesce((select array(select t ->> 'event' from jsonb_array_elements(v.triggers) t)
                        from actions_workflow_versions v where v.workflow_id = w.id order by v.id desc limit 1), '{}')
        from actions_workflows w where w.repository_id = $1 order by w.path
        """;

    public Task<IReadOnlyList<RunResponse>> ListAsync(RepositoryId repository, RunFilter filter, int limit, CancellationToken cancellationToken) => ReadAsync(
        ListSql,
        Run,
        cancellationToken,
        new() { Value = repository.Value },
        new() { Value = (object?)filter.Before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
        Text(filter.Workflow),
        Text(filter.Event),
        Text(filter.Ref),
        Text(filter.Status?.Name()),
        Text(filter.Conclusion?.Name()),
        new() { Value = limit });

    /// <summary>A run with its jobs and the diagnostics of its workflow file; null when the repository has no such run.</summary>
    public async Task<RunResponse?> FindAsync(RepositoryId repository, RunId run, CancellationToken cancellationToken)
    {
        if ((await ReadAsync(OneSql, Run, cancellationToken, new() { Value = run.Value }, new() { Value = repository.Value })).SingleOrDefault() is not { } found)
        {
            return null;
        }

        var diagnostics = await ReadAsync(DiagnosticsSql, r => StoredWorkflow.ReadDiagnostics(r.GetString(0)), cancellationToken, new NpgsqlParameter { Value = run.Value });
        return found with { Jobs = await JobsAsync(run, cancellationToken), Diagnostics = diagnostics.Single() };
    }

    /// <summary>The jobs of a run's newest attempt, in the order of the file.</summary>
    public Task<IReadOnlyList<JobResponse>> JobsAsync(RunId run, CancellationToken cancellationToken) =>
        ReadAsync(JobsSql, Job, cancellationToken, new NpgsqlParameter { Value = run.Value });

    /// <summary>A job with the steps and annotations of its newest execution; null when the repository has no such job.</summary>
    public async Task<JobResponse?> FindJobAsync(RepositoryId repository, JobId job, CancellationToken cancellationToken)
    {
        var found = (await ReadAsync(JobSql, Job, cancellationToken, new() { Value = job.Value }, new() { Value = repository.Value })).SingleOrDefault();
        if (found?.Execution is not { } execution)
        {
            return found;
        }

        return found with
        {
            Steps = await ReadAsync(StepsSql, Step, cancellationToken, new NpgsqlParameter { Value = execution }),
            Annotations = await ReadAsync(AnnotationsSql, Annotation, cancellationToken, new NpgsqlParameter { Value = execution }),
        };
    }

    public Task<IReadOnlyList<WorkflowResponse>> WorkflowsAsync(RepositoryId repository, CancellationToken cancellationToken) => ReadAsync(
        WorkflowsSql,
        r => new WorkflowResponse(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetFieldValue<string[]>(4)),
        cancellationToken,
        new NpgsqlParameter { Value = repository.Value });

    /// <summary>The path of a workflow; null when the repository has no such one.</summary>
    public async Task<string?> WorkflowPathAsync(RepositoryId repository, WorkflowId workflow, CancellationToken cancellationToken) => (await ReadAsync(
        "select path from actions_workflows where id = $1 and repository_id = $2",
        r => r.GetString(0),
        cancellationToken,
        new() { Value = workflow.Value },
        new() { Value = repository.Value })).SingleOrDefault();

    /// <summary>The run that an event made of a workflow; null while it has made none.</summary>
    public async Task<RunId?> OfEventAsync(TriggerEventId trigger, CancellationToken cancellationToken)
    {
        var runs = await ReadAsync(
            "select id from actions_workflow_runs where trigger_event_id = $1 limit 1", r => new RunId(r.GetInt64(0)), cancellationToken, new NpgsqlParameter { Value = trigger.Value });
        return runs.Count == 0 ? null : runs[0];
    }

    public async Task<PipelineRunResponse?> PipelineRunAsync(RepositoryId repository, RunId run, CancellationToken cancellationToken) => (await ReadAsync(
        "select id, workflow_id, ref, head_sha, status, conclusion, created_at, started_at, completed_at from actions_workflow_runs where id = $1 and repository_id = $2",
        r => new PipelineRunResponse(
            r.GetInt64(0),
            r.GetInt64(1),
            r.GetString(2),
            r.GetString(3),
            StatusProjections.OfRun(StatusOf(r, 4), ConclusionOf(r, 5)).S3,
            r.GetFieldValue<DateTimeOffset>(6),
            TimeOf(r, 7),
            TimeOf(r, 8)),
        cancellationToken,
        new() { Value = run.Value },
        new() { Value = repository.Value })).SingleOrDefault();

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static RunResponse Run(NpgsqlDataReader r) => new(
        r.GetInt64(0),
        r.GetInt64(1),
        r.GetInt32(2),
        r.GetString(3),
        r.GetString(4),
        r.GetString(5),
        r.GetString(6),
        r.GetString(7),
        r.GetString(8),
        r.GetString(9),
        StatusOf(r, 10),
        ConclusionOf(r, 11),
        TextOf(r, 12),
        r.GetFieldValue<DateTimeOffset>(13),
        TimeOf(r, 14),
        TimeOf(r, 15),
        StatusProjections.OfRun(StatusOf(r, 10), ConclusionOf(r, 11)));

    private static JobResponse Job(NpgsqlDataReader r) => new(
        r.GetInt64(0),
        r.GetInt64(1),
        r.GetInt32(2),
        r.GetString(3),
        r.GetString(4),
        r.GetString(5),
        StatusOf(r, 6),
        ConclusionOf(r, 7),
        TextOf(r, 8),
        r.GetFieldValue<string[]>(9),
        r.GetFieldValue<string[]>(10),
        TextOf(r, 11),
        r.IsDBNull(12) ? null : r.GetInt64(12),
        r.GetFieldValue<DateTimeOffset>(13),
        TimeOf(r, 14),
        TimeOf(r, 15),
        StatusProjections.OfJob(StatusOf(r, 6), ConclusionOf(r, 7)),
        r.IsDBNull(16) ? null : JsonDocument.Parse(r.GetString(16)).RootElement.Clone(),
        NodeStateJson.ReadOutputs(r.GetString(17)),
        Uses: TextOf(r, 18),
        Environment: TextOf(r, 19),
        EnvironmentUrl: TextOf(r, 20));

    private static StepResponse Step(NpgsqlDataReader r) => new(
        r.GetInt32(0), r.GetString(1), StatusOf(r, 2), ConclusionOf(r, 3), ConclusionOf(r, 4), TimeOf(r, 5), TimeOf(r, 6), TextOf(r, 7), TextOf(r, 8), r.GetBoolean(9));

    private static AnnotationResponse Annotation(NpgsqlDataReader r) => new(
        r.GetInt32(0), r.GetString(1), r.GetString(2), TextOf(r, 3), TextOf(r, 4), NumberOf(r, 5), NumberOf(r, 6), NumberOf(r, 7), NumberOf(r, 8));

    private static Status StatusOf(NpgsqlDataReader r, int column) => StatusNames.ParseStatus(r.GetString(column));

    private static Conclusion? ConclusionOf(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : StatusNames.ParseConclusion(r.GetString(column));

    private static string? TextOf(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetString(column);

    private static int? NumberOf(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetInt32(column);

    private static DateTimeOffset? TimeOf(NpgsqlDataReader r, int column) => r.IsDBNull(column) ? null : r.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
}
