using Capstan.Contracts;
using Capstan.Server.Data;
using Capstan.Server.Runs;
using Capstan.Server.Tests.Jobs;
using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Server.Tests.Runs;

/// <summary>The machine over the database: what its own tests say of decisions, these say of rows.</summary>
public sealed class RunDriverTests
{
    [Fact]
    public async Task A_run_goes_through_needs_outputs_and_a_matrix_to_its_end()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync("""
            on: push
            jobs:
              plan: { runs-on: linux, steps: [{ run: a }] }
              build:
                needs: plan
                runs-on: linux
                strategy: { matrix: { n: "${{ fromJSON(needs.plan.outputs.n) }}" }, max-parallel: 2 }
                steps: [{ run: a }]
              last: { needs: build, if: "needs.build.outputs.v == 'x'", runs-on: linux, steps: [{ run: a }] }
            """);

        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("n", "[1,2,3]"));
        Assert.Equal("build (1)=queued build (2)=queued build (3)=pending last=pending plan=success", await SortedJobsAsync(world, run));
        Assert.Equal("in_progress/", await world.RunStateAsync(run));
        for (var leg = 0; leg < 3; leg++)
        {
            await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("v", leg == 0 ? "x" : ""));
        }

        await world.EndAsync(await world.ClaimedAsync(runner));

        Assert.Equal("completed/success", await world.RunStateAsync(run));
        Assert.Equal("build (1)=success build (2)=success build (3)=success last=success plan=success", await SortedJobsAsync(world, run));
        Assert.Equal("0/3", await world.ScalarAsync<string>("select open_nodes || '/' || succeeded_nodes from actions_run_attempts"));
        Assert.Equal("completed/success", await world.ScalarAsync<string>("select status || '/' || conclusion from actions_run_attempts"));
    }

    [Fact]
    public async Task A_zero_character_in_names_and_in_a_matrix_is_left_out()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync("""
            name: "w\0x"
            on: { push: { branches: ["**", "m\0"] } }
            jobs:
              a:
                name: "a\0b ${{ matrix.n }}"
                runs-on: linux
                strategy: { matrix: { n: "${{ fromJSON('[\"x\\u0000y\", \"\\\\u0000\"]') }}" } }
                steps: [{ run: a }]
              b: { needs: a, name: "p\0q", runs-on: linux, steps: [{ run: a }] }
            """);

        Assert.Equal(@"ab \u0000=queued ab xy=queued pq=pending", await SortedJobsAsync(world, run));
        Assert.Equal("wx", await world.ScalarAsync<string>("select name from actions_workflows"));
        Assert.NotNull(await world.ClaimAsync(runner));
    }

    [Fact]
    public async Task Each_attempt_has_contexts_of_its_own()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var facts = world.Server.Get<RunFactsQueries>();
        var first = await world.ScalarAsync<long>("select id from actions_run_attempts");
        var second = await world.ScalarAsync<long>(
            "insert into actions_run_attempts (run_id, attempt, requested_by, why, status, open_nodes, created_at) select run_id, 2, requested_by, 'again', 'queued', 1, created_at from actions_run_attempts returning id");

        Assert.Equal(("1", "2"), (await AttemptOfAsync(first), await AttemptOfAsync(second)));

        async Task<string?> AttemptOfAsync(long attempt)
        {
            await using var connection = await world.Server.Database.OpenAsync();
            var contexts = await facts.ContextsAsync(connection, new AttemptId(attempt), default);
            return ValueText.Of(((ObjectValue)contexts.ForJob([])["github"]).Find("run_attempt")!);
        }
    }

    [Fact]
    public async Task A_failure_skips_what_needs_it_and_fails_the_run()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync("""
            on: push
            jobs:
              a: { runs-on: linux, steps: [{ run: a }] }
              b: { needs: a, runs-on: linux, steps: [{ run: a }] }
              c: { needs: b, runs-on: linux, steps: [{ run: a }] }
            """);

        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Failure);

        Assert.Equal("a=failure b=skipped c=skipped", await SortedJobsAsync(world, run));
        Assert.Equal("completed/failure", await world.RunStateAsync(run));
    }

    [Fact]
    public async Task Cancelling_ends_queued_jobs_tells_running_ones_and_runs_what_is_to_run_after_it()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync("""
            on: push
            jobs:
              a: { runs-on: linux, steps: [{ run: a }] }
              b: { runs-on: linux, steps: [{ run: a }] }
              c: { needs: [a, b], if: always(), runs-on: linux, steps: [{ run: a }] }
            """);
        var running = await world.ClaimedAsync(runner);

        Assert.Equal(CancelResult.Requested, await CancelAsync(world, run));
        Assert.Equal(CancelResult.AlreadyRequested, await CancelAsync(world, run));

        Assert.Equal("a=in_progress b=cancelled c=pending", await SortedJobsAsync(world, run));
        Assert.Equal("alice asked for it", await world.ScalarAsync<string>("select cancel_reason from actions_job_executions where status = 'in_progress'"));
        await world.EndAsync(running, Conclusion.Cancelled);
        Assert.Equal("a=cancelled b=cancelled c=queued", await SortedJobsAsync(world, run));
        await world.EndAsync(await world.ClaimedAsync(runner));
        Assert.Equal("completed/cancelled", await world.RunStateAsync(run));
        Assert.Equal(CancelResult.AlreadyCompleted, await CancelAsync(world, run));
        Assert.Equal(CancelResult.NotFound, await CancelAsync(world, run with { Id = new(999_999) }));
    }

    [Fact]
    public async Task Jobs_of_one_run_that_end_at_the_same_moment_are_all_counted()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync("""
            on: push
            jobs:
              a: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5,6,7,8,9,10,11,12] } }, steps: [{ run: a }] }
              b: { needs: a, runs-on: linux, steps: [{ run: a }] }
            """);
        var claims = new List<Capstan.Server.Jobs.ExecutionKey>();
        for (var leg = 0; leg < 12; leg++)
        {
            claims.Add(await world.ClaimedAsync(runner));
        }

        await Task.WhenAll(claims.Select(c => world.EndAsync(c)));

        Assert.Contains("b=queued", await world.JobsAsync(run));
    }

    [Fact]
    public async Task A_cancellation_and_claims_at_the_same_moment_leave_no_job_behind()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        for (var round = 0; round < 10; round++)
        {
            var run = await world.RunAsync("on: push\njobs:\n  a: { runs-on: linux, strategy: { matrix: { n: [1,2,3,4,5,6] } }, steps: [{ run: a }] }\n");
            var claims = Enumerable.Range(0, 6).Select(_ => world.ClaimAsync(runner)).ToList();
            var cancelling = CancelAsync(world, run);
            await Task.WhenAll(claims);
            await cancelling;
            foreach (var claim in claims.Select(c => c.Result).OfType<Capstan.Server.Jobs.Claim>())
            {
                Assert.Equal("alice asked for it", await world.ScalarAsync<string>("select cancel_reason from actions_job_executions where id = @Id", new { Id = claim.Execution.Value }));
                await world.EndAsync(new(claim.Execution, claim.Runner, claim.FencingToken), Conclusion.Cancelled);
            }

            Assert.Equal("completed/cancelled", await world.RunStateAsync(run));
        }
    }

    private static Task<CancelResult> CancelAsync(JobWorld world, CreatedRun run) =>
        world.Server.Get<RunCancellation>().CancelAsync(run.Id, "alice asked for it", world.User, _ => Task.CompletedTask, default);

    private static async Task<string> SortedJobsAsync(JobWorld world, CreatedRun run) => string.Join(' ', await world.QueryAsync<string>(
        "select name || '=' || coalesce(conclusion, status) from actions_jobs where run_id = @Id order by name", new { Id = run.Id.Value }));
}
