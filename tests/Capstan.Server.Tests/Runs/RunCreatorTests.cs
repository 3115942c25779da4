using Capstan.Server.Tests.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Runs;

public sealed class RunCreatorTests
{
    [Fact]
    public async Task A_run_gets_the_next_number_of_its_workflow_and_queues_its_first_jobs()
    {
        await using var world = await JobWorld.StartAsync();
        const string yaml = """
            on: push
            jobs:
              a: { runs-on: linux, steps: [{ run: "true" }] }
              b: { runs-on: linux, needs: a, steps: [{ run: "true" }] }
            """;

        var first = await world.RunAsync(yaml);
        var second = await world.RunAsync(yaml);
        var other = await world.RunAsync(yaml, ".github/workflows/other.yml");

        Assert.Equal((1, 2, 1), (first.Number, second.Number, other.Number));
        Assert.Equal("a=queued b=pending", string.Join(' ', (await world.JobsAsync(first)).Split(' ').Order()));
        Assert.Equal("queued/", await world.RunStateAsync(first));
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from actions_workflow_versions v join actions_workflows w on w.id = v.workflow_id where w.path like '%ci.yml'"));
    }

    [Fact]
    public async Task Numbers_have_no_gaps_when_a_transaction_fails_or_many_run_at_once()
    {
        await using var world = await JobWorld.StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => world.Server.Database.InTransactionAsync(async connection =>
        {
            await Dapper.SqlMapper.ExecuteAsync(connection, "select 1");
            throw new InvalidOperationException();
        }));

        var runs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => world.RunAsync(JobWorld.OneJob)));

        Assert.Equal(Enumerable.Range(1, 12).Select(n => (long)n), runs.Select(r => r.Number).Order());
    }

    [Fact]
    public async Task An_invalid_workflow_makes_a_numbered_run_that_says_what_is_wrong()
    {
        await using var world = await JobWorld.StartAsync();

        var run = await world.RunAsync("on: push\njobs:\n  a:\n    runs-on: linux\n    stepz: []\n");

        Assert.Equal(1, run.Number);
        Assert.Equal("completed/startup_failure", await world.RunStateAsync(run));
        Assert.StartsWith("The workflow file is invalid", await world.ScalarAsync<string>("select reason from actions_workflow_runs"));
        Assert.True(await world.ScalarAsync<int>("select jsonb_array_length(diagnostics) from actions_workflow_versions where not is_valid") > 0);
    }

    [Fact]
    public async Task A_run_whose_jobs_are_all_skipped_ends_at_once()
    {
        await using var world = await JobWorld.StartAsync();

        var run = await world.RunAsync("on: push\njobs:\n  a:\n    if: github.ref == 'refs/heads/other'\n    runs-on: linux\n    steps: [{ run: a }]\n");

        Assert.Equal("completed/skipped", await world.RunStateAsync(run));
        Assert.Equal("a=skipped", await world.JobsAsync(run));
        Assert.Contains("github.ref is 'refs/heads/main'", await world.ScalarAsync<string>("select reason from actions_jobs"));
    }

    [Fact]
    public async Task One_event_makes_at_most_one_run_of_a_workflow()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);

        var twice = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => world.ScalarAsync<long>(
            """
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id,
                trust, status, created_at, updated_at)
            select repository_id, workflow_id, workflow_version_id, 2, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id, trust, 'queued', created_at, updated_at
            from actions_workflow_runs returning id
            """));

        Assert.Equal(Npgsql.PostgresErrorCodes.UniqueViolation, twice.SqlState);
    }
}
