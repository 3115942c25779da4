using System.Collections.Concurrent;
using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

public sealed class JobQueueTests
{
    [Fact]
    public async Task Claims_made_at_once_never_give_an_execution_twice()
    {
        await using var world = await JobWorld.StartAsync();
        await QueueAsync(world, 200);
        var runners = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.RunnerAsync(slots: 1000)));
        var given = new ConcurrentBag<long>();

        await Task.WhenAll(runners.Select(async runner =>
        {
            var misses = 0;
            while (misses < 5)
            {
                var claims = await world.ClaimManyAsync([.. Enumerable.Repeat(runner, 7)]);
                misses = claims.Count == 0 ? misses + 1 : 0;
                foreach (var claim in claims)
                {
                    given.Add(claim.Execution.Value);
                }
            }
        }));

        Assert.Equal(200, given.Count);
        Assert.Equal(200, given.Distinct().Count());
        Assert.Equal(0, await world.ScalarAsync<long>("select count(*) from actions_job_executions where status = 'queued'"));
        Assert.Equal(200, await world.ScalarAsync<long>("select count(distinct fencing_token) from actions_job_executions"));
    }

    [Theory]
    [InlineData("linux", "linux", true)]
    [InlineData("linux", "linux x64 self-hosted", true)]
    [InlineData("linux gpu", "linux", false)]
    public async Task A_runner_gets_only_what_its_labels_contain(string wanted, string has, bool fits)
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync($"on: push\njobs:\n  a: {{ runs-on: [{wanted.Replace(' ', ',')}], steps: [{{ run: a }}] }}\n");
        var runner = await world.RunnerAsync(has.Split(' '));

        Assert.Equal(fits, await world.ClaimAsync(runner) is not null);
    }

    [Theory]
    [InlineData("global", true)]
    [InlineData("organization", true)]
    [InlineData("repository", true)]
    [InlineData("other organization", false)]
    [InlineData("other repository", false)]
    [InlineData("nothing", false)]
    public async Task A_runner_gets_only_what_an_assignment_covers(string assigned, bool fits)
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync(everything: false);
        var other = new OrganizationId(await world.Seeds.OrganizationAsync("other", world.User.Value));
        var otherRepository = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "other"));
        await (assigned switch
        {
            "global" => world.AssignAsync(runner, "global"),
            "organization" => world.AssignAsync(runner, "organization", world.Organization),
            "repository" => world.AssignAsync(runner, "repository", repository: world.Repository),
            "other organization" => world.AssignAsync(runner, "organization", other),
            "other repository" => world.AssignAsync(runner, "repository", repository: otherRepository),
            _ => Task.CompletedTask,
        });

        Assert.Equal(fits, await world.ClaimAsync(runner) is not null);
    }

    [Theory]
    [InlineData("paused_at = now()")]
    [InlineData("removed_at = now()")]
    [InlineData("last_heartbeat_at = now() - interval '10 minutes'")]
    [InlineData("last_heartbeat_at = null")]
    public async Task A_runner_that_is_paused_removed_or_silent_gets_nothing(string state)
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var runner = await world.RunnerAsync();
        await world.ScalarAsync<long>($"update actions_runners set {state} returning id");

        Assert.Null(await world.ClaimAsync(runner));
    }

    [Fact]
    public async Task A_runner_gets_no_more_than_its_free_slots()
    {
        await using var world = await JobWorld.StartAsync();
        await QueueAsync(world, 5);
        var runner = await world.RunnerAsync(slots: 2);

        var claims = await world.ClaimManyAsync(runner, runner, runner, runner);

        Assert.Equal(2, claims.Count);
        Assert.Null(await world.ClaimAsync(runner));
    }

    [Fact]
    public async Task Higher_priority_goes_first_then_the_repository_with_fewest_running_then_the_oldest()
    {
        await using var world = await JobWorld.StartAsync();
        var busy = world.Repository;
        var idle = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "idle"));
        var urgent = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "urgent"));
        await world.ScalarAsync<long>("update repositories set priority = 5 where id = @Id returning id", new { Id = urgent.Value });
        foreach (var repository in new[] { busy, busy, busy, idle, idle, urgent })
        {
            await world.RunAsync(JobWorld.OneJob, repository: repository);
        }

        var runner = await world.RunnerAsync();
        var order = new List<string>();
        while (await world.ClaimAsync(runner) is { } claim)
        {
            order.Add(await world.ScalarAsync<string>(
                "select r.path from actions_job_executions e join repositories r on r.id = e.repository_id where e.id = @Id", new { Id = claim.Execution.Value }));
        }

        Assert.Equal(["urgent", "tools", "idle", "tools", "idle", "tools"], order);
    }

    [Fact]
    public async Task One_claim_for_many_polls_shares_out_as_single_ones_do()
    {
        await using var world = await JobWorld.StartAsync();
        var second = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "second"));
        await QueueAsync(world, 4);
        await world.RunAsync(JobWorld.OneJob, repository: second);
        var runner = await world.RunnerAsync();

        var claims = await world.ClaimManyAsync(runner, runner);

        Assert.Equal(2, await world.ScalarAsync<long>("select count(distinct repository_id) from actions_job_executions where id = any(@Ids)", new { Ids = claims.Select(c => c.Execution.Value).ToArray() }));
    }

    [Fact]
    public async Task A_long_queue_of_one_label_hides_no_other()
    {
        await using var world = await JobWorld.StartAsync();
        await world.ScalarAsync<long>("update repositories set priority = 5 returning id");
        await QueueAsync(world, 400);
        await world.ScalarAsync<long>("update repositories set priority = 0 returning id");
        await world.RunAsync("on: push\njobs:\n  a: { runs-on: gpu, steps: [{ run: a }] }\n");
        var claims = await world.RoundAsync(await world.RunnerAsync(), await world.RunnerAsync(["gpu"]));

        Assert.Equal(2, claims.Count);
    }

    [Fact]
    public async Task A_long_queue_of_what_a_runner_may_not_have_hides_nothing_from_it()
    {
        await using var world = await JobWorld.StartAsync();
        await QueueAsync(world, 400);
        var own = new RepositoryId(await world.Seeds.RepositoryAsync(world.Organization.Value, "own"));
        await world.RunAsync(JobWorld.OneJob, repository: own);
        var runner = await world.RunnerAsync(everything: false);
        await world.AssignAsync(runner, "repository", repository: own);

        var claims = await world.RoundAsync(runner);

        Assert.Equal("acme/own", claims.Single().Job.Repository);
    }

    [Theory]
    [InlineData("repository")]
    [InlineData("organization")]
    public async Task Very_many_waiting_repositories_hide_nothing_from_a_runner_of_the_last(string assigned)
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        await CopyToOtherRepositoriesAsync(world, JobQueue.MaxGroups);
        var theirs = new OrganizationId(await world.Seeds.OrganizationAsync("last", world.User.Value));
        var own = new RepositoryId(await world.Seeds.RepositoryAsync(theirs.Value, "own"));
        await world.RunAsync(JobWorld.OneJob, repository: own);
        var runner = await world.RunnerAsync(everything: false);
        await world.AssignAsync(runner, assigned, assigned == "organization" ? theirs : null, assigned == "repository" ? own : null);

        var claims = await world.RoundAsync(runner);

        Assert.Equal("last/own", claims.Single().Job.Repository);
    }

    /// <summary>The one queued execution again, in as many repositories; runs are not made for them.</summary>
    private static Task CopyToOtherRepositoriesAsync(JobWorld world, int repositories) => world.ScalarAsync<object>(
        """
        with p as (
            insert into repositories (organization_id, name, path, default_branch, visibility, created_at, updated_at)
            select organization_id, 'r' || n, 'r' || n, default_branch, visibility, created_at, updated_at from repositories, generate_series(1, @Repositories) n returning id, organization_id
        ), j as (
            insert into actions_jobs (run_id, attempt_id, job_key, name, label_set_id, status, created_at, queued_at)
            select run_id, attempt_id, job_key || n, name, label_set_id, status, created_at, queued_at from actions_jobs, generate_series(1, @Repositories) n returning id, label_set_id, queued_at
        )
        insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, queued_at)
        select j.id, 1, p.id, p.organization_id, j.label_set_id, 0, 'queued', j.queued_at
        from (select *, row_number() over (order by id) as n from j) j join (select *, row_number() over (order by id) as n from p) p on p.n = j.n
        """,
        new { Repositories = repositories });

    private static async Task QueueAsync(JobWorld world, int jobs)
    {
        for (; jobs > 0; jobs -= Math.Min(jobs, 200))
        {
            await world.RunAsync($"on: push\njobs:\n  a: {{ runs-on: linux, strategy: {{ matrix: {{ n: [{string.Join(',', Enumerable.Range(0, Math.Min(jobs, 200)))}] }} }}, steps: [{{ run: a }}] }}\n");
        }
    }

    /// <summary>Ended runs of one job each.</summary>
    internal static async Task HistoryAsync(JobWorld world, int runs)
    {
        var run = await world.RunAsync(JobWorld.OneJob, ".github/workflows/history.yml");
        await world.EndAsync(await world.ClaimedAsync(await world.RunnerAsync()));
        await world.ScalarAsync<object>(
            """
            with e as (insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at)
                select repository_id, event, ref, head_sha, actor_id, payload, 'processed', created_at, not_before, created_at from trigger_events, generate_series(1, @Runs)
                where id = (select trigger_event_id from actions_workflow_runs where id = @Run) returning id),
            r as (insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id,
                    trust, status, conclusion, created_at, started_at, completed_at, updated_at)
                select r.repository_id, r.workflow_id, r.workflow_version_id, r.run_number + row_number() over (), r.title, r.event, e.id, r.head_repository_id, r.ref, r.head_sha,
                    r.actor_id, r.trust, 'completed', 'success', r.created_at, r.started_at, r.completed_at, r.updated_at from e, actions_workflow_runs r where r.id = @Run returning id),
            a as (insert into actions_run_attempts (run_id, attempt, requested_by, why, status, conclusion, open_nodes, created_at, started_at, completed_at)
                select r.id, 1, a.requested_by, a.why, a.status, a.conclusion, 0, a.created_at, a.started_at, a.completed_at from r, actions_run_attempts a where a.run_id = @Run returning id, run_id),
            j as (insert into actions_jobs (run_id, attempt_id, job_key, name, label_set_id, status, conclusion, created_at, queued_at, started_at, completed_at)
                select a.run_id, a.id, j.job_key, j.name, j.label_set_id, j.status, j.conclusion, j.created_at, j.queued_at, j.started_at, j.completed_at
                from a, actions_jobs j where j.run_id = @Run returning id)
            insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, conclusion, runner_id, fencing_token, lease_until, queued_at, started_at, completed_at)
            select j.id, 1, x.repository_id, x.organization_id, x.label_set_id, 0, x.status, x.conclusion, x.runner_id, 1, x.lease_until, x.queued_at, x.started_at, x.completed_at
            from j, actions_job_executions x where x.job_id = (select id from actions_jobs where run_id = @Run)
            """,
            new { Runs = runs, Run = run.Id.Value });
    }
}
