using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Workflows;
using Dapper;
using Npgsql;

namespace Capstan.Server.Runs;

/// <summary>Makes a run of a workflow that fired, with its number, its jobs and its first effects, in the transaction of whoever asks. Thread-safe.</summary>
internal sealed class RunCreator(RunDriver driver, RunFactsQueries facts, RunPlans plans, TimeProvider clock)
{
    private const string FirstAttempt = "first attempt";

    /// <summary>
    /// The workflow's row is locked from here to the end of the transaction: that is what makes run numbers free of gaps. A version that another transaction
    /// added while this one waited for the lock is invisible to this statement, and its id comes back null.
    /// </summary>
    private const string NumberSql = """
        with workflow as (
            insert into actions_workflows (repository_id, path, name, next_run_number, created_at, updated_at)
            values (@Repository, @Path, @Name, 2, @Now, @Now)
            on conflict (repository_id, path) do update
            set next_run_number = actions_workflows.next_run_number + 1, name = excluded.name, updated_at = excluded.updated_at
            returning id, next_run_number - 1 as number
        ), known as (
            select v.id from actions_workflow_versions v join workflow w on v.workflow_id = w.id where v.blob_sha = @BlobSha and v.called_sha = @CalledSha
        ), added as (
            insert into actions_workflow_versions (workflow_id, blob_sha, yaml_content, triggers, diagnostics, is_valid, called, called_sha, created_at)
            select w.id, @BlobSha, @Yaml, @Triggers::jsonb, @Diagnostics::jsonb, @IsValid, @Called::jsonb, @CalledSha, @Now
            from workflow w where not exists (select from known)
            on conflict (workflow_id, blob_sha, called_sha) do nothing
            returning id
        )
        select w.id as workflow_id, w.number, coalesce((select id from known), (select id from added)) as version_id, r.organization_id, r.priority
        from workflow w, repositories r where r.id = @Repository
        """;

    private const string VersionSql =
        "select id from actions_workflow_versions where workflow_id = @Workflow and blob_sha = @BlobSha and called_sha = @CalledSha";

    private const string RunSql = """
        with run as (
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref,
                head_sha, actor_id, trust, inputs, status, conclusion, reason, created_at, completed_at, updated_at)
            values (@Repository, @Workflow, @Version, @Number, @Title, @Event, @TriggerEvent, @HeadRepository, @Ref,
                @HeadSha, @Actor, @Trust, @Inputs::jsonb, @Status, @Conclusion, @Reason, @Now, @CompletedAt, @Now)
            returning id
        ), attempt as (
            insert into actions_run_attempts (run_id, attempt, requested_by, why, status, conclusion, open_nodes, created_at, completed_at)
            select id, 1, @Actor, @Why, @Status, @Conclusion, @OpenNodes, @Now, @CompletedAt from run
            returning id
        )
        select run.id as run_id, attempt.id as attempt_id from run, attempt
        """;

    /// <summary>Creates the run. Signal the returned wake-ups after the commit.</summary>
    /// <exception cref="PostgresException">A unique violation: this event already made a run of this workflow.</exception>
    public async Task<CreatedRun> CreateAsync(NpgsqlConnection connection, NewRun run, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var number = await NumberAsync(connection, run, now, cancellationToken);
        var ids = await InsertRunAsync(connection, run, number, now, cancellationToken);
        if (run.Definition is null)
        {
            return new CreatedRun(ids.Run, number.Number, [RunChannels.Of(ids.Run), RunChannels.Of(run.TriggerEvent)]);
        }

        var plan = RunPlan.Of(run.Definition);
        plans.Keep(number.Version, plan);
        var (state, nodes) = plan.Begin();
        var row = new RunRow(ids.Run, ids.Attempt, number.Version, run.Repository, number.Organization, !run.Restricted, number.Priority, Version: 0, Status.Queued, state);
        var contexts = new Lazy<Task<RunContexts>>(() => facts.ContextsAsync(connection, ids.Attempt, cancellationToken));
        var wakeUps = await driver.BeginAsync(connection, row, plan, nodes, () => contexts.Value, cancellationToken);
        return new CreatedRun(ids.Run, number.Number, [.. wakeUps, RunChannels.Of(run.TriggerEvent)]);
    }

    private static async Task<Numbered> NumberAsync(NpgsqlConnection connection, NewRun run, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var name = StoredText.Clean(run.Definition?.Name ?? run.WorkflowPath);
        var parameters = new
        {
            Repository = run.Repository.Value,
            Path = run.WorkflowPath,
            Name = name,
            run.BlobSha,
            Yaml = run.YamlContent,
            Triggers = StoredText.CleanJson(StoredWorkflow.Triggers(run.Definition)),
            Diagnostics = StoredText.CleanJson(StoredWorkflow.Diagnostics(run.Diagnostics)),
            IsValid = run.Definition is not null,
            Called = StoredText.CleanJson(CalledFiles.Write(run.Called)),
            CalledSha = CalledFiles.DigestOf(run.Called),
            Now = now,
        };
        var row = await connection.QuerySingleAsync<NumberRow>(new CommandDefinition(NumberSql, parameters, cancellationToken: cancellationToken));
        var version = row.version_id ?? await connection.ExecuteScalarAsync<long>(
            new CommandDefinition(VersionSql, new { Workflow = row.workflow_id, run.BlobSha, parameters.CalledSha }, cancellationToken: cancellationToken));
        return new Numbered(new WorkflowId(row.workflow_id), row.number, new WorkflowVersionId(version), new OrganizationId(row.organization_id), row.priority, name);
    }

    private static async Task<(RunId Run, AttemptId Attempt)> InsertRunAsync(
        NpgsqlConnection connection, NewRun run, Numbered number, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var invalid = run.Definition is null;
        var parameters = new
        {
            Repository = run.Repository.Value,
            Workflow = number.Workflow.Value,
            Version = number.Version.Value,
            number.Number,
            Title = StoredText.Clean(run.Title) ?? number.Name,
            run.Event,
            TriggerEvent = run.TriggerEvent.Value,
            HeadRepository = (run.HeadRepository ?? run.Repository).Value,
            run.Ref,
            run.HeadSha,
            Actor = run.Actor.Value,
            Trust = run.Restricted ? "restricted" : "full",
            Inputs = run.Inputs.ValueKind == System.Text.Json.JsonValueKind.Object ? StoredText.CleanJson(run.Inputs.GetRawText()) : "{}",
            Status = (invalid ? Status.Completed : Status.Queued).Name(),
            Conclusion = invalid ? Conclusion.StartupFailure.Name() : null,
            Reason = invalid ? StoredText.Clean(WhyInvalid(run.Diagnostics)) : null,
            Now = now,
            CompletedAt = invalid ? now : (DateTimeOffset?)null,
            Why = FirstAttempt,
            OpenNodes = run.Definition?.Jobs.Count ?? 0,
        };
        var row = await connection.QuerySingleAsync<RunIdsRow>(new CommandDefinition(RunSql, parameters, cancellationToken: cancellationToken));
        return (new RunId(row.run_id), new AttemptId(row.attempt_id));
    }

    private static string WhyInvalid(IReadOnlyList<Diagnostic> diagnostics)
    {
        var errors = diagnostics.Where(d => d.Severity == Severity.Error).ToList();
        return errors switch
        {
            [] => "The workflow file is invalid.",
            [var only] => $"The workflow file is invalid. {only}",
            [var first, ..] => $"The workflow file is invalid: {errors.Count} errors. {first}",
        };
    }

    private sealed record Numbered(WorkflowId Workflow, long Number, WorkflowVersionId Version, OrganizationId Organization, int Priority, string Name);

    private sealed record NumberRow(long workflow_id, long number, long? version_id, long organization_id, int priority);

    private sealed record RunIdsRow(long run_id, long attempt_id);
}
