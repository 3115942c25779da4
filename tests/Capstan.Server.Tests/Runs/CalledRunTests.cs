using System.Text.Json;
using Capstan.Contracts;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Server.Tests.Jobs;
using Xunit;

namespace Capstan.Server.Tests.Runs;

/// <summary>Called workflows over the database: their rows, and what their runners are told. The decisions are tested where they are made.</summary>
public sealed class CalledRunTests
{
    private static readonly Dictionary<string, string> Called = new(StringComparer.Ordinal)
    {
        [".github/workflows/deploy.yml"] = """
            on:
              workflow_call:
                inputs: { to: { type: string }, dry: { type: boolean, default: true } }
                secrets: { key: { required: true } }
                outputs: { url: { value: 'https://${{ inputs.to }}/${{ jobs.second.outputs.path }}' } }
            jobs:
              first: { runs-on: linux, steps: [{ run: a }] }
              second: { needs: first, runs-on: linux, steps: [{ run: a }] }
            """,
    };

    private const string Caller = """
        on: push
        jobs:
          plan: { runs-on: linux, steps: [{ run: a }] }
          deploy:
            needs: plan
            strategy: { matrix: { to: [eu, us] }, max-parallel: 1 }
            uses: ./.github/workflows/deploy.yml
            with: { to: '${{ matrix.to }}-${{ needs.plan.outputs.zone }}' }
            secrets: { key: 'for ${{ matrix.to }}: ${{ secrets.TOKEN }}' }
          last: { needs: deploy, if: "needs.deploy.outputs.url == 'https://us-1/x'", runs-on: linux, steps: [{ run: a }] }
        """;

    [Fact]
    public async Task A_call_is_a_job_in_progress_while_those_that_it_called_are_not_over()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync(Caller, called: Called);
        Assert.Equal(["plan queued", "deploy pending", "last pending"], await RowsAsync(world, run));

        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("zone", "1"));
        Assert.Equal(
            ["plan success", "deploy (eu) in_progress", "deploy (eu) / first queued", "deploy (eu) / second pending", "deploy (us) pending", "last pending"], await RowsAsync(world, run));
        await world.EndAsync(await world.ClaimedAsync(runner));
        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("path", "x"));
        Assert.Equal(
            [
                "plan success", "deploy (eu) success", "deploy (eu) / first success", "deploy (eu) / second success",
                "deploy (us) in_progress", "deploy (us) / first queued", "deploy (us) / second pending", "last pending",
            ],
            await RowsAsync(world, run));
        await world.EndAsync(await world.ClaimedAsync(runner));
        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("path", "x"));
        await world.EndAsync(await world.ClaimedAsync(runner));

        Assert.Equal("completed/success", await world.RunStateAsync(run));
        var shown = (await world.Server.Get<RunQueries>().FindAsync(world.Repository, run.Id, default))!.Jobs!;
        Assert.Equal(
            ["plan", "deploy", "deploy[0]/first", "deploy[0]/second", "deploy", "deploy[1]/first", "deploy[1]/second", "last"], shown.Select(job => job.Key));
        Assert.Equal(("./.github/workflows/deploy.yml", "https://us-1/x", null), (shown[4].Uses, shown[4].Outputs!["url"], shown[4].Execution));
        Assert.Equal(["deploy[0]/first"], shown[3].Needs);
        Assert.All(shown, job => Assert.True(job.StartedAt is not null && job.CompletedAt >= job.StartedAt));
    }

    [Fact]
    public async Task A_runner_is_told_what_its_job_was_called_with()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var owner = SecretOwner.Of(new AccessedRepository(world.Repository, world.Organization, "acme", "tools", "tools", "main", "private", Right.Own));
        await world.Server.Get<SecretStore>().SetAsync(owner, "TOKEN", "hunter2", AnonymousPrincipal.Instance, default);
        await world.RunAsync(Caller, called: Called);
        await world.EndAsync(await world.ClaimedAsync(runner), Conclusion.Success, ("zone", "1"));

        var message = await world.Server.Get<JobMessages>().BuildAsync((await world.ClaimAsync(runner))!, default);

        Assert.Equal(("first", "deploy (eu) / first"), (message.JobKey, message.JobName));
        Assert.Equal("""{"to":"eu-1","dry":true}""", message.Contexts.GetProperty("inputs").GetRawText());
        Assert.Equal(["GITHUB_TOKEN", "key"], message.Secrets.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("for eu: hunter2", message.Secrets["key"]);
        Assert.Equal(
            ("first", ".github/workflows/ci.yml", "acme/tools/.github/workflows/deploy.yml@refs/heads/main"),
            (Github("job"), Github("workflow"), Text(message.Contexts.GetProperty("job"), "workflow_ref")));

        string? Github(string name) => Text(message.Contexts.GetProperty("github"), name);
        static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
    }

    /// <summary>A server that has just started knows no parsed workflow.</summary>
    [Fact]
    public async Task A_run_goes_on_with_the_files_that_it_began_with()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync(Caller, called: Called);
        var again = new RunPlans();
        await using var connection = await world.Server.Database.OpenAsync();
        var version = new WorkflowVersionId(await world.ScalarAsync<long>("select workflow_version_id from actions_workflow_runs where id = @Id", new { Id = run.Id.Value }));

        var plan = await again.OfAsync(connection, version, default);

        Assert.Equal(["deploy[1]/first"], plan["deploy[1]/second"].Needs);
    }

    [Fact]
    public async Task What_is_called_makes_another_version_of_a_file_that_is_the_same()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(Caller, called: Called);
        await world.RunAsync(Caller, called: Called);
        await world.RunAsync(Caller, called: new Dictionary<string, string> { [".github/workflows/deploy.yml"] = Called.Values.Single() + "\n" });

        Assert.Equal([1, 1, 2], await world.QueryAsync<long>("select dense_rank() over (order by workflow_version_id) from actions_workflow_runs order by id"));
    }

    [Fact]
    public async Task Cancelling_ends_a_call_with_its_jobs()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await world.RunnerAsync();
        var run = await world.RunAsync(Caller, called: Called);
        await world.EndAsync(await world.ClaimedAsync(runner));
        var held = await world.ClaimedAsync(runner);

        await world.Server.Get<RunCancellation>().CancelAsync(run.Id, "enough", null, _ => Task.CompletedTask, default);
        await world.EndAsync(held, Conclusion.Cancelled);

        Assert.Equal(
            ["plan success", "deploy (eu) cancelled", "deploy (eu) / first cancelled", "deploy (eu) / second skipped", "deploy (us) cancelled", "last skipped"], await RowsAsync(world, run));
        Assert.Equal("completed/cancelled", await world.RunStateAsync(run));
    }

    private static async Task<IEnumerable<string>> RowsAsync(JobWorld world, CreatedRun run) =>
        (await world.Server.Get<RunQueries>().JobsAsync(run.Id, default)).Select(job => $"{job.Name} {(job.Conclusion is { } conclusion ? conclusion.Name() : job.Status.Name())}");
}
