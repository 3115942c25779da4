using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Capstan.Server.Tests.Runners;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

/// <summary>A runner and a person on the wire.</summary>
public sealed class JobEndpointsTests
{
    [Fact]
    public async Task A_job_goes_over_the_wire_from_the_queue_to_its_end()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var runner = await RunnerClientAsync(world);
        var run = await world.RunAsync("""
            on: push
            env: { A: b }
            jobs:
              build: { runs-on: linux, strategy: { matrix: { n: [7] } }, outputs: { x: y }, steps: [{ run: echo hello }] }
            """);

        var acquired = await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 20), ContractsJson.Default.AcquireRequest);
        var message = (await acquired.Content.ReadFromJsonAsync(ContractsJson.Default.JobMessage))!;
        Assert.Equal("build (7)", message.JobName);
        Assert.Equal(run.Id.Value, message.RunId);
        Assert.Equal("acme/tools", message.Contexts.GetProperty("github").GetProperty("repository").GetString());
        Assert.Equal(7, message.Contexts.GetProperty("matrix").GetProperty("n").GetInt32());
        Assert.Equal(world.Server.Url, message.ServerUrl);
        Assert.NotNull(await world.Server.Get<JobTokens>().ValidateAsync(message.Token, default));
        Assert.Equal("echo hello", Assert.IsType<Workflows.Templates.StringToken>(Workflows.Jobs.JobContent.Read(message.Definition).Job.Steps[0].Run).Value);

        runner.DefaultRequestHeaders.Add(Protocol.FencingTokenHeader, $"{message.FencingToken}");
        var renewed = await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/renew", new RenewRequest(0), ContractsJson.Default.RenewRequest);
        Assert.False((await renewed.Content.ReadFromJsonAsync(ContractsJson.Default.RenewResponse))!.Cancel);
        var step = new StepReport(1, "Run echo hello", Status.InProgress, null, null, DateTimeOffset.UnixEpoch, null);
        Assert.Equal(HttpStatusCode.NoContent, (await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/steps", new StepsRequest([step], []), ContractsJson.Default.StepsRequest)).StatusCode);
        var end = new CompleteRequest(
            Conclusion.Success, null, new Dictionary<string, string> { ["x"] = "1" },
            [step with { Status = Status.Completed, Conclusion = Conclusion.Success, Outcome = Conclusion.Success, CompletedAt = DateTimeOffset.UnixEpoch.AddSeconds(1) }], [], new Dictionary<int, long>());
        Assert.Equal(HttpStatusCode.NoContent, (await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/complete", end, ContractsJson.Default.CompleteRequest)).StatusCode);

        var (_, _, person) = await world.Server.SignedInAsync(isAdmin: true);
        var shown = (await person.GetFromJsonAsync($"/v1/repos/acme/tools/runs/{run.Id.Value}", ContractsJson.Default.RunResponse))!;
        Assert.Equal((Status.Completed, Conclusion.Success, "success"), (shown.Status, shown.Conclusion, shown.Projections.S3));
        var job = (await person.GetFromJsonAsync($"/v1/repos/acme/tools/jobs/{message.JobId}", ContractsJson.Default.JobResponse))!;
        Assert.Equal(("Run echo hello", Status.Completed), (job.Steps![0].Name, job.Steps[0].Status));
        Assert.Equal("1", job.Outputs!["x"]);
        Assert.Null(await world.Server.Get<JobTokens>().ValidateAsync(message.Token, default));
        var late = await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/renew", new RenewRequest(0), ContractsJson.Default.RenewRequest);
        Assert.Equal("execution_lost", (await late.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("steps", """{"steps":[null],"annotations":[]}""")]
    [InlineData("steps", """{"steps":[],"annotations":[null]}""")]
    [InlineData("complete", """{"conclusion":"success","outputs":{"x":null},"steps":[],"annotations":[],"log_lengths":{}}""")]
    [InlineData("complete", """{"conclusion":"success","outputs":{},"steps":[null],"annotations":[],"log_lengths":{}}""")]
    [InlineData("complete", """{"conclusion":"success","outputs":{},"steps":[],"annotations":[null],"log_lengths":{}}""")]
    [InlineData("complete", """{"conclusion":"success","outputs":{},"steps":[],"annotations":[],"log_lengths":{},"log_tails":[null]}""")]
    public async Task A_report_with_null_among_its_elements_is_refused(string call, string body)
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await RunnerClientAsync(world);
        runner.DefaultRequestHeaders.Add(Protocol.FencingTokenHeader, "1");

        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, (await runner.PostAsync($"/v1/executions/1/{call}", content)).StatusCode);
    }

    [Fact]
    public async Task A_runner_without_work_is_told_so_and_one_without_a_token_is_refused()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await RunnerClientAsync(world);

        Assert.Equal(HttpStatusCode.NoContent, (await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 0), ContractsJson.Default.AcquireRequest)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await runner.PostAsJsonAsync("/v1/executions/1/renew", new RenewRequest(0), ContractsJson.Default.RenewRequest)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await world.Server.Anonymous().Speaking().PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 0), ContractsJson.Default.AcquireRequest)).StatusCode);
        runner.DefaultRequestHeaders.Remove(Protocol.VersionHeader);
        var old = await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 0), ContractsJson.Default.AcquireRequest);
        Assert.Equal("runner_version_unsupported", (await old.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_job_that_no_runner_can_be_told_of_fails_and_says_so()
    {
        await using var world = await JobWorld.StartAsync();
        var runner = await RunnerClientAsync(world);
        await world.ScalarAsync<object>(
            """
            with counted as (update repositories set secrets_version = 1 where id = @Id)
            insert into actions_secrets (repository_id, name, sealed_value, wrapped_key, master_key_id, created_at, updated_at)
            values (@Id, 'A', '\x00', '\x00', 'of another installation', '2026-01-01Z', '2026-01-01Z')
            """,
            new { Id = world.Repository.Value });
        var run = await world.RunAsync(JobWorld.OneJob);

        for (var dispatch = 1; dispatch <= LostExecutions.MaxDispatches; dispatch++)
        {
            Assert.Equal("build=queued", await world.JobsAsync(run));
            var refused = await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 20), ContractsJson.Default.AcquireRequest);
            Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        }

        Assert.Equal("build=failure", await world.JobsAsync(run));
        Assert.Equal(
            "The server could not prepare the job for a runner (InvalidOperationException); the server's log tells why.",
            await world.ScalarAsync<string>("select reason from actions_jobs"));
    }

    [Fact]
    public async Task A_poll_beyond_what_the_server_holds_is_told_when_to_come_back()
    {
        await using var world = await JobWorld.StartAsync();
        var polls = world.Server.Get<WaitingPolls>();
        var holder = await world.RunnerAsync();
        using var end = new CancellationTokenSource();
        var held = Enumerable.Range(0, WaitingPolls.MaxPolls).Select(_ => polls.WaitAsync(holder, 0, TimeSpan.FromMinutes(5), end.Token)).ToList();
        await Eventually.TrueAsync(() => polls.Count == WaitingPolls.MaxPolls);
        var runner = await RunnerClientAsync(world);

        var refused = await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 20), ContractsJson.Default.AcquireRequest);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.FromSeconds(1));
        Assert.Equal("too_many_waiting", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        await end.CancelAsync();
        Assert.All(await Task.WhenAll(held), result => Assert.IsType<PollResult.Nothing>(result));
        Assert.Equal(HttpStatusCode.NoContent, (await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 0), ContractsJson.Default.AcquireRequest)).StatusCode);
    }

    [Fact]
    public async Task An_executor_reports_the_end_in_the_words_of_its_own_contract()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var runner = await RunnerClientAsync(world);
        var run = await world.RunAsync(JobWorld.OneJob);
        var message = (await (await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 20), ContractsJson.Default.AcquireRequest)).Content.ReadFromJsonAsync(ContractsJson.Default.JobMessage))!;
        runner.DefaultRequestHeaders.Add(Protocol.FencingTokenHeader, $"{message.FencingToken}");

        var bad = await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/status", new ExecutionStatusRequest("great"), ContractsJson.Default.ExecutionStatusRequest);
        var good = await runner.PostAsJsonAsync($"/v1/executions/{message.ExecutionId}/status", new ExecutionStatusRequest("failed", 3), ContractsJson.Default.ExecutionStatusRequest);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.NoContent), (bad.StatusCode, good.StatusCode));
        var (_, _, person) = await world.Server.SignedInAsync(isAdmin: true);
        var pipeline = (await person.GetFromJsonAsync($"/v1/pipeline-runs/{run.Id.Value}", ContractsJson.Default.PipelineRunResponse))!;
        Assert.Equal("failed", pipeline.Status);
        var jobs = (await person.GetFromJsonAsync($"/v1/pipeline-runs/{run.Id.Value}/jobs", ContractsJson.Default.IReadOnlyListPipelineJobResponse))!;
        Assert.Equal(("build", "build", "failed"), (jobs[0].Name, jobs[0].JobType, jobs[0].Status));
    }

    [Fact]
    public async Task Runs_are_listed_newest_first_page_by_page_and_followed_to_their_end()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var (_, _, person) = await world.Server.SignedInAsync(isAdmin: true);
        for (var n = 0; n < 3; n++)
        {
            await world.RunAsync(JobWorld.OneJob);
        }

        var first = (await person.GetFromJsonAsync("/v1/repos/acme/tools/runs?limit=2&workflow=ci.yml&status=queued", ContractsJson.Default.RunListResponse))!;
        var second = (await person.GetFromJsonAsync($"/v1/repos/acme/tools/runs?limit=2&before={first.NextBefore}", ContractsJson.Default.RunListResponse))!;
        Assert.Equal((3L, 2L, 1L), (first.Runs[0].RunNumber, first.Runs[1].RunNumber, second.Runs.Single().RunNumber));
        Assert.Null(second.NextBefore);
        Assert.Equal(HttpStatusCode.BadRequest, (await person.GetAsync("/v1/repos/acme/tools/runs?status=happy")).StatusCode);

        var id = second.Runs.Single().Id;
        var following = person.GetStringAsync($"/v1/repos/acme/tools/runs/{id}/events");
        Assert.Equal(HttpStatusCode.OK, (await person.PostAsync($"/v1/repos/acme/tools/runs/{id}/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await person.PostAsync($"/v1/repos/acme/tools/runs/{id}/cancel", null)).StatusCode);
        Assert.Contains("\"conclusion\":\"cancelled\"", await following.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from audit_events where action = 'run.cancel'"));
        var workflows = (await person.GetFromJsonAsync("/v1/repos/acme/tools/workflows", ContractsJson.Default.IReadOnlyListWorkflowResponse))!;
        Assert.Equal(".github/workflows/ci.yml push", $"{workflows.Single().Path} {workflows.Single().Events.Single()}");
    }

    [Fact]
    public async Task A_stranger_sees_no_run_of_a_private_repository()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var (_, _, stranger) = await world.Server.SignedInAsync();

        foreach (var path in new[] { "runs", $"runs/{run.Id.Value}", $"runs/{run.Id.Value}/jobs", $"runs/{run.Id.Value}/events", "jobs/1", "workflows" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/repos/acme/tools/{path}")).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/pipeline-runs/{run.Id.Value}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"/v1/repos/acme/tools/runs/{run.Id.Value}/cancel", null)).StatusCode);
    }

    internal static async Task<HttpClient> RunnerClientAsync(JobWorld world)
    {
        var (_, _, admin) = await world.Server.SignedInAsync(isAdmin: true);
        var (_, client) = await RunnerClient.RegisteredAsync(world.Server, await RunnerClient.NewTokenAsync(admin), "builder", "linux");
        await RunnerClient.HeartbeatAsync(client);
        return client;
    }
}
