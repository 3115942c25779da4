using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
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
        "actions_workflow_versions",
    ];

    [Fact]
    public async Task No_statement_of_a_jobs_life_scans_a_table_that_grows_with_the_history()
    {
        await using var world = await JobWorld.StartAsync();
        await JobQueueTests.HistoryAsync(world, 20_000);
        await FillAsync(world);
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
            "insert into actions_workflow_versions (workflow_id, blob_sha, yaml_content, triggers, diagnostics, is_valid, created_at) select id, 'v' || n, '', '[]', '[]', true, created_at from actions_workflows, generate_series(1, 5000) n",
        })
        {
            await world.ScalarAsync<object>(sql);
        }
    }

    private static async Task LifeAsync(JobWorld world, RunnerId runner)
    {
        var run = await world.RunAsync("""
            on: push
            jobs:
              a: { runs-on: linux, strategy: { matrix: { n: [1, 2, 3] }, max-parallel: 2 }, steps: [{ run: a }] }
              b: { needs: a, runs-on: linux, steps: [{ run: a }] }
            """);
        var claim = (await world.ClaimAsync(runner))!;
        var first = new ExecutionKey(claim.Execution, claim.Runner, claim.FencingToken);
        await world.Server.Get<JobMessages>().BuildAsync(claim, default);
        await world.Leases.RenewAsync(first, TimeSpan.Zero, default);
        await world.StartFirstStepAsync(first);
        await world.EndAsync(first);
        var second = await world.ClaimAsync(runner);
        await world.Server.Get<LostExecutions>().GiveBackAsync(second!.Key, default);
        await world.Server.Get<WaitingPolls>().WaitAsync(runner, 0, TimeSpan.FromMilliseconds(1), default);
        await world.Server.Get<LeaseExpiry>().RunOnceAsync(default);
        await world.Server.Get<RunCancellation>().CancelAsync(run.Id, "enough", world.User, _ => Task.CompletedTask, default);
        var queries = world.Server.Get<RunQueries>();
        await queries.ListAsync(world.Repository, new RunFilter(), 30, default);
        RunResponse shown = (await queries.FindAsync(world.Repository, run.Id, default))!;
        await queries.FindJobAsync(world.Repository, new JobId(shown.Jobs![0].Id), default);
        await queries.PipelineRunAsync(world.Repository, run.Id, default);
        await queries.WorkflowsAsync(world.Repository, default);
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
