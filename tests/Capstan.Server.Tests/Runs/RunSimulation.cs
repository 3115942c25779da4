using System.Text;
using Capstan.Contracts;
using Capstan.Server.Data;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Server.Tests.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Runs;

/// <summary>
/// Random workflows over the real tables: claims, ends, repeated and late messages, lost runners and cancellations in random order, several at once. The decisions
/// are tested where they are made; this tests that rows follow them.
/// </summary>
public sealed class RunSimulation
{
    private const string SeedVariable = "CAPSTAN_SIMULATION_SEED";
    private const int Runs = 25;
    private const int MaxRounds = 300;

    private static readonly string[] Conditions = ["", "", "", "if: always(), ", "if: failure(), ", "if: cancelled(), ", "if: \"!cancelled()\", ", "if: false, "];
    private static readonly Conclusion[] Ends = [Conclusion.Success, Conclusion.Success, Conclusion.Success, Conclusion.Failure, Conclusion.Cancelled];

    [Fact]
    public async Task Every_run_ends_and_its_rows_agree()
    {
        var only = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), out var given) ? given : (int?)null;
        var first = only ?? Random.Shared.Next(1_000_000);
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync(slots: 1000);
        for (var seed = first; seed < first + (only is null ? Runs : 1); seed++)
        {
            try
            {
                await LiveAsync(world, runner, new Random(seed));
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Seed {seed} (set {SeedVariable}={seed} to see it again): {error.Message}", error);
            }
        }
    }

    private static async Task LiveAsync(JobWorld world, RunnerId runner, Random random)
    {
        var called = new Dictionary<string, string> { ["a.yml"] = RandomWorkflow(random, "workflow_call", null), ["b.yml"] = RandomWorkflow(random, "workflow_call", "./a.yml") };
        var run = await world.RunAsync(RandomWorkflow(random, "push", "./b.yml"), called: called);
        var held = new List<ExecutionKey>();
        var past = new List<ExecutionKey>();
        for (var round = 0; (await world.RunStateAsync(run)).StartsWith("completed", StringComparison.Ordinal) is false; round++)
        {
            Assert.True(round < MaxRounds, "The run does not end.");
            var acts = Enumerable.Range(0, random.Next(1, 4)).Select(_ => ActAsync(world, runner, run, random.Next(100), random.Next(), held, past)).ToList();
            await Task.WhenAll(acts);
            await CheckAsync(world, run);
        }

        foreach (var late in past.Concat(held))
        {
            await world.EndAsync(late, Conclusion.Failure);
        }

        await CheckAsync(world, run);
        Assert.DoesNotContain("startup_failure", await world.RunStateAsync(run));
        Assert.Equal(0, await world.ScalarAsync<long>(
            "select count(*) from actions_job_executions e join actions_jobs j on j.id = e.job_id where j.run_id = @Id and e.status <> 'completed'", new { Id = run.Id.Value }));
    }

    private static async Task ActAsync(JobWorld world, RunnerId runner, CreatedRun run, int what, int choice, List<ExecutionKey> held, List<ExecutionKey> past)
    {
        ExecutionKey? key = null;
        lock (held)
        {
            if (what is >= 45 and < 95 && held.Count > 0)
            {
                key = held[choice % held.Count];
                held.Remove(key);
                past.Add(key);
            }
            else if (what is >= 95 and < 98 && past.Count > 0)
            {
                key = past[choice % past.Count];
            }
        }

        switch (what)
        {
            case >= 98:
                await world.Server.Get<RunCancellation>().CancelAsync(run.Id, "enough", null, _ => Task.CompletedTask, default);
                break;
            case >= 95 when key is not null:
                await world.EndAsync(key, Conclusion.Failure);
                break;
            case >= 88 when key is not null:
                await world.Server.Get<LostExecutions>().GiveBackAsync(key, default);
                break;
            case >= 45 when key is not null:
                await Task.WhenAll(world.EndAsync(key, Ends[choice % Ends.Length]), world.EndAsync(key, Ends[choice % Ends.Length]));
                break;
            default:
                if (await world.ClaimAsync(runner) is { } claim)
                {
                    lock (held)
                    {
                        held.Add(new ExecutionKey(claim.Execution, claim.Runner, claim.FencingToken));
                    }
                }

                break;
        }
    }

    private static async Task CheckAsync(JobWorld world, CreatedRun run) => Assert.Equal("", await world.ScalarAsync<string>(
        """
        select concat_ws('; ',
            case when a.open_nodes <> (select count(*) from actions_job_nodes n where n.attempt_id = a.id and n.phase <> 'settled' and n.job_key not like '%/%') then 'open nodes' end,
            case when a.failed_nodes <> (select count(*) from actions_job_nodes n where n.attempt_id = a.id and n.result = 'failure' and n.job_key not like '%/%') then 'failed nodes' end,
            case when (a.status = 'completed') <> (a.open_nodes = 0) then 'attempt status' end,
            case when r.status <> a.status or r.conclusion is distinct from a.conclusion then 'run and attempt' end,
            case when exists (select from actions_jobs j join actions_job_executions e on e.job_id = j.id where j.attempt_id = a.id and j.status = 'completed' and e.status <> 'completed') then 'open execution of a completed job' end,
            case when exists (select from actions_jobs j where j.attempt_id = a.id and j.status in ('queued', 'in_progress') and j.uses is null
                and not exists (select from actions_job_executions e where e.job_id = j.id and e.status = j.status)) then 'job without its execution' end,
            case when exists (select from actions_job_nodes n where n.attempt_id = a.id and n.phase = 'running'
                and n.open_legs <> (select count(*) from actions_jobs j where j.attempt_id = a.id and j.job_key = n.job_key and j.status <> 'completed')) then 'open legs' end,
            case when exists (select from actions_jobs j where j.attempt_id = a.id and j.uses is not null and (j.status = 'in_progress') <> exists (
                select from actions_job_nodes n where n.attempt_id = a.id and n.phase <> 'settled'
                    and (starts_with(n.job_key, j.job_key || '/') or starts_with(n.job_key, j.job_key || '[' || j.matrix_index || ']/')))) then 'call without its jobs' end,
            case when exists (select from actions_job_nodes n where n.attempt_id = a.id and not exists (select from actions_jobs j where j.attempt_id = a.id and j.job_key = n.job_key)) then 'node without a job' end)
        from actions_workflow_runs r join actions_run_attempts a on a.run_id = r.id where r.id = @Id
        """,
        new { Id = run.Id.Value }));

    private static string RandomWorkflow(Random random, string on, string? called)
    {
        var yaml = new StringBuilder($"on: {on}\njobs:\n");
        var jobs = random.Next(1, 8);
        for (var n = 0; n < jobs; n++)
        {
            var needs = Enumerable.Range(0, n).Where(_ => random.Next(3) == 0).Select(i => $"j{i}").ToList();
            yaml.Append($"  j{n}: {{ {Conditions[random.Next(Conditions.Length)]}needs: [{string.Join(',', needs)}], ");
            if (random.Next(3) == 0)
            {
                yaml.Append($"strategy: {{ matrix: {{ n: [{string.Join(',', Enumerable.Range(0, random.Next(1, 5)))}] }}, max-parallel: {random.Next(1, 4)}, fail-fast: {(random.Next(2) == 0 ? "true" : "false")} }}, ");
            }

            yaml.Append(called is not null && random.Next(3) == 0 ? $"uses: {called} }}\n" : "runs-on: linux, steps: [{ run: a }] }\n");
        }

        return yaml.ToString();
    }
}
