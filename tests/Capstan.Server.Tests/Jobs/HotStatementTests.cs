using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Deployments;
using Capstan.Server.Git;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Git;
using Capstan.Server.Triggers;
using Capstan.Testing;
using Dapper;
using Npgsql;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>
/// Everything that happens to a job, on a database with a history: PostgreSQL itself counts the sequential scans of each table. One statement that reads a whole
/// table makes its count rise.
/// </summary>
public sealed class HotStatementTests
{
    private static readonly string[] Growing =
    [
        "actions_workflow_runs", "actions_run_attempts", "actions_job_nodes", "actions_jobs", "actions_job_executions", "actions_steps", "actions_annotations", "trigger_events",
        "actions_workflow_versions", "trigger_decisions", "environments", "actions_variables", "actions_secrets",
    ];

    [Fact]
    public async Task No_statement_of_a_jobs_life_scans_a_table_that_grows_with_the_history()
    {
        await using var world = await JobWorld.StartAsync();
        await JobQueueTests.HistoryAsync(world, 20_000);
        await FillAsync(world);
        await CommitAsync(world);
        var runner = await world.RunnerAsync();
        await LifeAsync(world, runner);
        await world.ScalarAsync<object>("analyze;");
        var before = await ScansAsync(world);

        for (var life = 0; life < 8; life++)
        {
            await LifeAsync(world, runner);
        }

        var after = await ScansAsync(world);
        Assert.Equal(before.Split('\n'), after.Split('\n'));
    }

    /// <summary>What else a history leaves: a planner rightly scans a table of a few rows.</summary>
    private static async Task FillAsync(JobWorld world)
    {
        foreach (var sql in new[]
        {
            "insert into actions_steps (job_execution_id, number, name, status, conclusion, completed_at) select id, 1, 'step', 'completed', 'success', queued_at from actions_job_executions",
            "insert into actions_annotations (job_execution_id, number, step, level, message) select id, 1, 1, 'notice', 'text' from actions_job_executions",
            "insert into actions_job_nodes (attempt_id, job_key, place, needs, dependants, open_needs, phase, result) select id, 'build', '{0}', '{}', '{}', 0, 'settled', 'success' from actions_run_attempts on conflict do nothing",
            """
            insert into trigger_decisions (trigger_event_id, workflow_path, fired, why, run_id)
            select trigger_event_id, 'x', true, 'x', id from actions_workflow_runs
            """,
            """
            insert into repositories (organization_id, name, path, default_branch, visibility, created_at, updated_at)
            select id, 'r' || n, 'r' || n, 'main', 'private', created_at, created_at from organizations, generate_series(1, 100) n
            """,
            """
            insert into environments (repository_id, name, name_key, created_at)
            select id, 'old' || n, 'OLD' || n, created_at from repositories, generate_series(1, 100) n
            """,
            """
            insert into actions_variables (repository_id, environment_id, name, value, created_at, updated_at)
            select null::bigint, id, 'B', 'x', created_at, created_at from environments
            union all select id, null, 'B' || n, 'x', created_at, created_at from repositories, generate_series(1, 100) n
            """,
            """
            insert into actions_secrets (repository_id, environment_id, name, sealed_value, wrapped_key, master_key_id, created_at, updated_at)
            select null::bigint, id, 'B', ''::bytea, ''::bytea, '', created_at, created_at from environments
            union all select id, null, 'B' || n, ''::bytea, ''::bytea, '', created_at, created_at
            from repositories, generate_series(1, 100) n where path <> 'tools'
            """,
            "insert into actions_workflow_versions (workflow_id, blob_sha, yaml_content, triggers, diagnostics, is_valid, created_at) select id, 'v' || n, '', '[]', '[]', true, created_at from actions_workflows, generate_series(1, 5000) n",
        })
        {
            await world.ScalarAsync<object>(sql);
        }
    }

    /// <summary>The repository gets a folder, and in it what a life starts.</summary>
    private static async Task CommitAsync(JobWorld world)
    {
        var folder = world.Server.Get<GitFolder>();
        await folder.CreateAsync(world.Repository, "main", default);
        using var git = new GitClient();
        await git.RunAsync("init", "--quiet", "--initial-branch=main", ".");
        await git.CommitAsync(".github/workflows/life.yml", """
            on: workflow_dispatch
            jobs:
              a: { runs-on: linux, strategy: { matrix: { n: [1, 2, 3] }, max-parallel: 2 }, steps: [{ run: a }] }
              b: { needs: a, runs-on: linux, environment: 'e${{ github.run_number }}', steps: [{ run: a }] }
              c: { needs: b, runs-on: linux, environment: 'new-${{ github.run_number }}', steps: [{ run: a }] }
            """);
        await git.RunAsync("push", "--quiet", folder.PathOf(world.Repository), "main");
    }

    private static async Task LifeAsync(JobWorld world, RunnerId runner)
    {
        var run = await StartAsync(world);
        var first = (await world.ClaimAsync(runner))!;
        await world.Server.Get<JobMessages>().BuildAsync(first, default);
        await world.Leases.RenewAsync(first.Key, TimeSpan.Zero, default);
        await world.StartFirstStepAsync(first.Key);
        await world.EndAsync(first.Key);
        var second = await world.ClaimAsync(runner);
        await world.Server.Get<LostExecutions>().GiveBackAsync(second!.Key, default);
        await world.Server.Get<LeaseExpiry>().RunOnceAsync(default);
        for (var job = 0; job < 3; job++)
        {
            var next = Assert.IsType<PollResult.Got>(await world.Server.Get<WaitingPolls>().WaitAsync(runner, 0, Eventually.DefaultLimit, default)).Claim;
            await world.Server.Get<JobMessages>().BuildAsync(next, default);
            await world.EndAsync(next.Key);
        }

        var last = (await world.ClaimAsync(runner))!;
        await world.Server.Get<RunCancellation>().CancelAsync(run, "enough", world.User, _ => Task.CompletedTask, default);
        await world.EndAsync(last.Key, Conclusion.Cancelled);
        Assert.IsType<PollResult.Nothing>(await world.Server.Get<WaitingPolls>().WaitAsync(runner, 0, TimeSpan.FromMilliseconds(1), default));
        await LookAsync(world, run);
    }

    /// <summary>Somebody sets a secret and a variable of an environment, and starts the workflow whose job is of it.</summary>
    private static async Task<RunId> StartAsync(JobWorld world)
    {
        var by = new UserPrincipal(world.User, "alice", IsAdmin: false);
        var repository = (await world.Server.Get<RightsQueries>().FindRepositoryAsync(by, "acme", "tools", default))!;
        var number = await world.ScalarAsync<long>("select coalesce(max(next_run_number), 1) from actions_workflows where path like '%life.yml'");
        var environment = (await world.Server.Get<EnvironmentStore>().FindOrMakeAsync(repository, $"e{number}", by, default))!;
        foreach (var owner in new[] { SecretOwner.Of(repository), SecretOwner.Of(repository, environment) })
        {
            await world.Server.Get<SecretStore>().SetAsync(owner, "A", "value", by, default);
            await world.Server.Get<VariableStore>().SetAsync(owner, "A", "value", by, default);
        }

        Assert.IsType<DispatchResult.Accepted>(await world.Server.Get<WorkflowDispatch>().CreateAsync(repository, "life.yml", null, null, by, default));
        await world.Server.Get<TriggerLoop>().RunOnceAsync(default);
        return new RunId(await world.ScalarAsync<long>("select max(id) from actions_workflow_runs"));
    }

    private static async Task LookAsync(JobWorld world, RunId run)
    {
        var queries = world.Server.Get<RunQueries>();
        await queries.ListAsync(world.Repository, new RunFilter(), 30, default);
        RunResponse shown = (await queries.FindAsync(world.Repository, run, default))!;
        await queries.FindJobAsync(world.Repository, new JobId(shown.Jobs![0].Id), default);
        await queries.PipelineRunAsync(world.Repository, run, default);
        await queries.WorkflowsAsync(world.Repository, default);
        await world.Server.Get<TriggerQueries>().ListAsync(world.Repository, null, 30, default);
        await world.Server.Get<EnvironmentStore>().ListAsync(world.Repository, 0, 30, default);
    }

    /// <summary>A connection tells its counts when it ends at the latest: all are cut, and their ends waited for.</summary>
    private static async Task<string> ScansAsync(JobWorld world)
    {
        await world.Server.CutDatabaseConnectionsAsync();
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(world.Server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await Eventually.TrueAsync(async () => await connection.ExecuteScalarAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") == 0);
        await Eventually.TrueAsync(world.DatabaseWorksAsync);
        return string.Join('\n', await connection.QueryAsync<string>(
            "select relname || '=' || seq_scan from pg_stat_user_tables where relname = any(@Growing) order by relname", new { Growing }));
    }
}
