using Capstan.Testing;
using Dapper;
using Npgsql;
using Xunit;

namespace Capstan.Server.Tests.Data;

/// <summary>The database refuses nonsense, whatever code writes it: each statement breaks one rule of the schema.</summary>
public sealed class SchemaTests
{
    private const string Check = PostgresErrorCodes.CheckViolation;
    private const string Unique = PostgresErrorCodes.UniqueViolation;
    private const string Foreign = PostgresErrorCodes.ForeignKeyViolation;
    private const string NotNull = PostgresErrorCodes.NotNullViolation;

    [Theory]
    // Identity and names.
    [InlineData(Unique, "insert into users (username, email, created_at, updated_at) values ('SEED-USER-1', 'x@y', now(), now())")]
    [InlineData(Unique, "insert into slugs (slug, user_id) select 'acme', id from users")]
    [InlineData(Check, "insert into slugs (slug, user_id) select 'UPPER', id from users")]
    [InlineData(Check, "insert into slugs (slug, user_id, organization_id) select 'both', u.id, o.id from users u, organizations o")]
    [InlineData(Check, "insert into slugs (slug) values ('nobody')")]
    [InlineData(Unique, "insert into organizations (name, path, owner_id, created_at, updated_at) select 'x', 'ACME', id, now(), now() from users")]
    [InlineData(Check, "update organization_members set role = 'king'")]
    [InlineData(Unique, "insert into organization_members (organization_id, user_id, role, joined_at) select organization_id, user_id, 'guest', now() from organization_members")]
    [InlineData(Check, "insert into signing_keys (kid, algorithm, public_key, private_key_wrapped, master_key_id, created_at) values ('k', 'none', '', '', '', now())")]
    [InlineData(Unique, "insert into storage (id, created_at) values (gen_random_uuid(), now()), (gen_random_uuid(), now())")]
    // Repositories.
    [InlineData(Check, "update repositories set visibility = 'secret'")]
    [InlineData(Check, "update repositories set vcs_provider = 'github'")]
    [InlineData(Check, "update repositories set clone_url = 'https://example.org/x.git'")]
    [InlineData(Unique, "insert into repositories (organization_id, name, path, default_branch, visibility, created_at, updated_at) select organization_id, 'x', 'APP', 'main', 'private', now(), now() from repositories")]
    [InlineData(Check, "insert into branches (repository_id, name, is_locked, created_at, updated_at) select id, 'main', true, now(), now() from repositories")]
    [InlineData(Check, "insert into branches (repository_id, name, locked_by, locked_at, created_at, updated_at) select r.id, 'main', r.id, now(), now(), now() from repositories r")]
    // Runners.
    [InlineData(Check, "update actions_runners set slots = 0")]
    [InlineData(Check, "update actions_runners set slots = 1001")]
    [InlineData(Check, "update actions_runners set used_slots = -1")]
    [InlineData(Unique, "insert into actions_runners (name, hostname, credential_hash, labels, operating_system, architecture, docker_enabled, slots, protocol_version, created_at) select upper(name), 'h', '\\xff', labels, 'Linux', 'X64', false, 1, 1, now() from actions_runners")]
    [InlineData(Check, "insert into actions_runner_assignments (runner_id, target_type, assigned_at) select id, 'repository', now() from actions_runners")]
    [InlineData(Check, "insert into actions_runner_assignments (runner_id, target_type, repository_id, assigned_at) select r.id, 'global', p.id, now() from actions_runners r, repositories p")]
    // Runs: a conclusion and its time exist exactly when the run is completed.
    [InlineData(Check, "update actions_workflow_runs set status = 'completed'")]
    [InlineData(Check, "update actions_workflow_runs set conclusion = 'success'")]
    [InlineData(Check, "update actions_workflow_runs set completed_at = now()")]
    [InlineData(Check, "update actions_workflow_runs set status = 'done'")]
    [InlineData(Check, "update actions_workflow_runs set status = 'completed', conclusion = 'great', completed_at = now()")]
    [InlineData(Check, "update actions_workflow_runs set status = 'completed', conclusion = 'success', completed_at = started_at - interval '1 second'")]
    [InlineData(Check, "update actions_workflow_runs set run_number = 0")]
    [InlineData(Check, "update actions_workflow_runs set trust = 'some'")]
    [InlineData(Check, "update actions_workflows set next_run_number = 0")]
    // Jobs and executions.
    [InlineData(Check, "update actions_jobs set status = 'completed'")]
    [InlineData(Check, "update actions_jobs set job_type = 'magic'")]
    [InlineData(Check, "update actions_job_executions set status = 'completed'")]
    [InlineData(Check, "update actions_job_executions set runner_id = null")]
    [InlineData(Check, "update actions_job_executions set lease_until = null")]
    [InlineData(Check, "update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = started_at - interval '1 second'")]
    [InlineData(Unique, "insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, queued_at) select job_id, 2, repository_id, organization_id, label_set_id, 0, 'queued', now() from actions_job_executions")]
    [InlineData(Foreign, "delete from actions_jobs")]
    [InlineData(Foreign, "delete from repositories")]
    [InlineData(NotNull, "update actions_job_executions set repository_id = null")]
    // Environments.
    [InlineData(Unique, "insert into environments (repository_id, name, name_key, created_at) select id, n, 'LIVE', now() from repositories, unnest(array['Live', 'LIVE']) n")]
    [InlineData(Check, "insert into environments (repository_id, name, name_key, created_at) select id, '', 'X', now() from repositories")]
    [InlineData(Check, "insert into environments (repository_id, name, name_key, created_at) select id, repeat('x', 256), 'X', now() from repositories")]
    [InlineData(Check, "with e as (insert into environments (repository_id, name, name_key, created_at) select id, 'x', 'X', now() from repositories returning id, repository_id) insert into actions_variables (repository_id, environment_id, name, value, created_at, updated_at) select repository_id, id, 'A', '', now(), now() from e")]
    [InlineData(Check, "insert into actions_secrets (name, sealed_value, wrapped_key, master_key_id, created_at, updated_at) values ('A', '', '', '', now(), now())")]
    [InlineData(Check, "update actions_jobs set environment_url = 'https://x'")]
    [InlineData(Check, "update actions_jobs set environment = 'live'")]
    [InlineData(Check, "update actions_jobs set environment_key = 'LIVE'")]
    // Logs, blobs, audit.
    [InlineData(Check, "insert into blobs (id, state, backend, storage_path, size_bytes, created_at) values (gen_random_uuid(), 'staging', 'folder', 'x', -1, now())")]
    [InlineData(Check, "insert into blobs (id, state, backend, storage_path, created_at) values (gen_random_uuid(), 'committed', 'folder', 'x', now())")]
    [InlineData(Check, "insert into actions_log_streams (job_execution_id, stream, next_offset, lines) select id, 0, -1, 0 from actions_job_executions")]
    [InlineData(Check, "insert into audit_events (at, user_id, runner_id, action, target) select now(), u.id, r.id, 'x', 'x' from users u, actions_runners r")]
    public async Task Nonsense_is_refused(string rule, string statement)
    {
        await using var server = await SeededAsync();
        await using var connection = await server.Database.OpenAsync();
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(statement));
        Assert.Equal(rule, refusal.SqlState);
    }

    [Theory]
    [InlineData("update actions_workflow_runs set status = 'completed', conclusion = 'success', completed_at = started_at")]
    [InlineData("update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = started_at")]
    [InlineData("update repositories set vcs_provider = 'github', clone_url = 'https://example.org/x.git'")]
    public async Task What_makes_sense_is_accepted(string statement)
    {
        await using var server = await SeededAsync();
        await using var connection = await server.Database.OpenAsync();
        Assert.Equal(1, await connection.ExecuteAsync(statement));
    }

    private static async Task<ServerDatabase> SeededAsync()
    {
        var server = await ServerDatabase.CreateAsync();
        var seeds = new Seeds(server.ConnectionString);
        var user = await seeds.UserAsync();
        var repository = await seeds.RepositoryAsync(await seeds.OrganizationAsync("acme", user), "app");
        await seeds.RunningExecutionAsync(repository, user, FakeClock.DefaultStart + TimeSpan.FromMinutes(1));
        return server;
    }
}
