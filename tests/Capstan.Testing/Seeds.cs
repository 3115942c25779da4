using Npgsql;

namespace Capstan.Testing;

/// <summary>
/// Writes rows that a test needs but does not speak about, straight into the tables, with times fixed at <see cref="FakeClock.DefaultStart"/>. Ids come back as
/// bare numbers, because the typed ones belong to the server.
/// </summary>
public sealed class Seeds(string connectionString)
{
    private int last;

    /// <summary>A user without a password; the name is made up when none is given.</summary>
    public async Task<long> UserAsync(string? username = null, bool isAdmin = false)
    {
        username ??= $"seed-user-{Next()}";
        var id = await InsertAsync(
            "insert into users (username, email, is_admin, created_at, updated_at) values ($1, $1 || '@example.org', $2, $3, $3) returning id", username, isAdmin, Now);
        await InsertAsync("insert into slugs (slug, user_id) values (lower($1), $2) returning 1::bigint", username, id);
        return id;
    }

    /// <summary>An organization with <paramref name="ownerId"/> as its owner and member.</summary>
    public async Task<long> OrganizationAsync(string path, long ownerId)
    {
        var id = await InsertAsync("insert into organizations (name, path, owner_id, created_at, updated_at) values ($1, $1, $2, $3, $3) returning id", path, ownerId, Now);
        await InsertAsync("insert into slugs (slug, organization_id) values (lower($1), $2) returning 1::bigint", path, id);
        await OrganizationMemberAsync(id, ownerId, "owner");
        return id;
    }

    public Task<long> OrganizationMemberAsync(long organizationId, long userId, string role) => InsertAsync(
        "insert into organization_members (organization_id, user_id, role, joined_at) values ($1, $2, $3, $4) returning id", organizationId, userId, role, Now);

    public Task<long> RepositoryAsync(long organizationId, string path, string visibility = "private") => InsertAsync(
        """
        insert into repositories (organization_id, name, path, default_branch, visibility, created_at, updated_at) values ($1, $2, $2, 'main', $3, $4, $4) returning id
        """,
        organizationId, path, visibility, Now);

    public Task<long> RepositoryMemberAsync(long repositoryId, long userId, string role) => InsertAsync(
        "insert into repository_members (repository_id, user_id, role, added_at) values ($1, $2, $3, $4) returning id", repositoryId, userId, role, Now);

    public Task<long> RunnerAsync(byte[] credentialHash, string? name = null) => InsertAsync(
        """
        insert into actions_runners (name, hostname, credential_hash, labels, operating_system, architecture, docker_enabled, slots, protocol_version, created_at)
        values ($1, 'host', $2, '{linux,self-hosted}', 'Linux', 'X64', false, 4, 1, $3) returning id
        """,
        name ?? $"seed-runner-{Next()}", credentialHash, Now);

    /// <summary>A run with one job whose one execution is claimed by a runner, with the fencing token 1.</summary>
    public async Task<SeededExecution> RunningExecutionAsync(long repositoryId, long actorId, DateTimeOffset leaseUntil)
    {
        var number = Next();
        var workflow = await InsertAsync(
            "insert into actions_workflows (repository_id, path, name, created_at, updated_at) values ($1, $2, 'seed', $3, $3) returning id",
            repositoryId, $".github/workflows/seed-{number}.yml", Now);
        var version = await InsertAsync(
            "insert into actions_workflow_versions (workflow_id, blob_sha, yaml_content, triggers, diagnostics, is_valid, created_at) values ($1, 'x', '', '{}', '[]', true, $2) returning id",
            workflow, Now);
        var trigger = await InsertAsync(
            """
            insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, created_at, not_before)
            values ($1, 'push', 'refs/heads/main', 'x', $2, '{}', $3, $3) returning id
            """,
            repositoryId, actorId, Now);
        var run = await InsertAsync(
            """
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha,
                                               actor_id, trust, status, created_at, started_at, updated_at)
            values ($1, $2, $3, 1, 'seed', 'push', $4, $1, 'refs/heads/main', 'x', $5, 'full', 'in_progress', $6, $6, $6) returning id
            """,
            repositoryId, workflow, version, trigger, actorId, Now);
        var attempt = await InsertAsync(
            """
            insert into actions_run_attempts (run_id, attempt, requested_by, why, status, open_nodes, created_at, started_at)
            values ($1, 1, $2, 'push', 'in_progress', 1, $3, $3) returning id
            """,
            run, actorId, Now);
        var labels = await InsertAsync("insert into actions_label_sets (labels) values ('{linux}') on conflict (labels) do update set labels = excluded.labels returning id");
        var job = await InsertAsync(
            """
            insert into actions_jobs (run_id, attempt_id, job_key, name, label_set_id, status, created_at, queued_at, started_at)
            values ($1, $2, 'build', 'build', $3, 'in_progress', $4, $4, $4) returning id
            """,
            run, attempt, labels, Now);
        var runner = await RunnerAsync(BitConverter.GetBytes(number));
        var execution = await InsertAsync(
            """
            insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, runner_id, fencing_token, lease_until, queued_at, started_at)
            select $1, 1, r.id, r.organization_id, $3, 0, 'in_progress', $4, 1, $5, $6, $6 from repositories r where r.id = $2 returning id
            """,
            job, repositoryId, labels, runner, leaseUntil, Now);
        return new SeededExecution(execution, job, run, runner);
    }

    public async Task ExecuteAsync(string sql, params object[] parameters) => await InsertAsync($"with done as ({sql} returning 1) select count(*) from done", parameters);

    private static DateTimeOffset Now => FakeClock.DefaultStart;

    private int Next() => Interlocked.Increment(ref last);

    private async Task<long> InsertAsync(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}

/// <summary>Where <see cref="Seeds.RunningExecutionAsync"/> put it.</summary>
public sealed record SeededExecution(long ExecutionId, long JobId, long RunId, long RunnerId);
