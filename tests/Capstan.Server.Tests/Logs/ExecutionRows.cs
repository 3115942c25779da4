using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Tests.Logs;

/// <summary>A repository with a run, a job and its execution on a runner, as rows: what logs hang on.</summary>
/// <param name="Owner">The organization's slug; the repository's is <c>web</c>.</param>
internal sealed record ExecutionRows(UserId User, string Owner, RepositoryId Repository, RunId Run, JobId Job, ExecutionId Execution, RunnerId Runner, long FencingToken)
{
    private const string Insert = """
        with person as (
            insert into users (username, email, created_at, updated_at) values (@Name, @Name || '@example.org', @Now, @Now) returning id
        ), organization as (
            insert into organizations (name, path, owner_id, created_at, updated_at) select @Name, @Name || '-org', id, @Now, @Now from person returning id, path
        ), slug as (
            insert into slugs (slug, organization_id) select path, id from organization
        ), repository as (
            insert into repositories (organization_id, name, path, default_branch, visibility, created_at, updated_at)
            select id, 'Web', 'web', 'main', @Visibility, @Now, @Now from organization returning id, organization_id
        ), workflow as (
            insert into actions_workflows (repository_id, path, name, next_run_number, created_at, updated_at)
            select id, '.github/workflows/ci.yml', 'CI', 2, @Now, @Now from repository returning id
        )
        select person.id as person, organization.id as organization, organization.path as owner, repository.id as repository, workflow.id as workflow
          from person, organization, repository, workflow
        """;

    /// <param name="number">Makes the names differ when a test needs several.</param>
    public static Task<ExecutionRows> InsertAsync(Database database, int number = 1, string visibility = "public") => database.InTransactionAsync(async connection =>
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var made = await connection.QuerySingleAsync<(long Person, long Organization, string Owner, long Repository, long Workflow)>(
            Insert, new { Name = $"owner{number}", Visibility = visibility, Now = now });
        var values = new
        {
            made.Person,
            made.Organization,
            made.Repository,
            made.Workflow,
            Now = now,
            Hash = System.Text.Encoding.UTF8.GetBytes($"credential {number}"),
            Name = $"runner{number}",
            Later = now.AddYears(10),
        };
        var trigger = await connection.QuerySingleAsync<long>(
            """
            insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at)
            values (@Repository, 'push', 'refs/heads/main', 'abc', @Person, '{}', 'processed', @Now, @Now, @Now) returning id
            """,
            values);
        var version = await connection.QuerySingleAsync<long>(
            "insert into actions_workflow_versions (workflow_id, blob_sha, yaml_content, triggers, diagnostics, is_valid, created_at) values (@Workflow, 'b', 'on: push', '{}', '[]', true, @Now) returning id", values);
        var run = await connection.QuerySingleAsync<long>(
            """
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id,
                                               trust, status, created_at, started_at, updated_at)
            values (@Repository, @Workflow, @Version, 1, 'Fix it', 'push', @Trigger, @Repository, 'refs/heads/main', 'abcdef0123456789', @Person, 'full', 'in_progress', @Now, @Now, @Now)
            returning id
            """,
            new { values.Repository, values.Workflow, Version = version, Trigger = trigger, values.Person, values.Now });
        var attempt = await connection.QuerySingleAsync<long>(
            """
            insert into actions_run_attempts (run_id, attempt, requested_by, why, status, open_nodes, created_at, started_at)
            values (@Run, 1, @Person, 'push', 'in_progress', 1, @Now, @Now) returning id
            """,
            new { Run = run, values.Person, values.Now });
        var labels = await connection.QuerySingleAsync<long>(
            "insert into actions_label_sets (labels) values (array['linux']) on conflict (labels) do update set labels = excluded.labels returning id");
        var job = await connection.QuerySingleAsync<long>(
            """
            insert into actions_jobs (run_id, attempt_id, job_key, name, label_set_id, status, created_at, queued_at, started_at)
            values (@Run, @Attempt, 'build', 'build', @Labels, 'in_progress', @Now, @Now, @Now) returning id
            """,
            new { Run = run, Attempt = attempt, Labels = labels, values.Now });
        var runner = await connection.QuerySingleAsync<long>(
            """
            insert into actions_runners (name, hostname, credential_hash, labels, operating_system, architecture, docker_enabled, slots, protocol_version, created_at)
            values (@Name, 'host', sha256(@Hash), array['linux'], 'Linux', 'X64', false, 1, 1, @Now) returning id
            """,
            values);
        var execution = await connection.QuerySingleAsync<long>(
            """
            insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, runner_id, fencing_token, lease_until, queued_at, started_at)
            values (@Job, 1, @Repository, @Organization, @Labels, 0, 'in_progress', @Runner, 7, @Later, @Now, @Now) returning id
            """,
            new { Job = job, values.Repository, values.Organization, Labels = labels, Runner = runner, values.Later, values.Now });
        return new ExecutionRows(
            new UserId(made.Person), made.Owner, new RepositoryId(made.Repository), new RunId(run), new JobId(job), new ExecutionId(execution), new RunnerId(runner), 7);
    });

    public async Task EndAsync(Database database)
    {
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync(
            """
            update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = '2026-01-02Z' where id = @Execution;
            update actions_jobs set status = 'completed', conclusion = 'success', completed_at = '2026-01-02Z' where id = @Job
            """,
            new { Execution = Execution.Value, Job = Job.Value });
    }
}
