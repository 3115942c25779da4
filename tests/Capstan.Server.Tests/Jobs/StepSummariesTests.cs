using System.Net;
using System.Net.Http.Json;
using System.Text;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Jobs;
using Capstan.Server.Tests.Data;
using Capstan.Server.Web;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Jobs;

public sealed class StepSummariesTests
{
    [Fact]
    public async Task What_a_step_wrote_for_people_is_shown_by_the_api_and_on_the_page()
    {
        await using var world = await JobWorld.StartAsync();
        var run = await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        await world.StartFirstStepAsync(key);
        var summaries = world.Server.Get<StepSummaries>();

        Assert.True(await summaries.StoreAsync(key, 2, "second", default));
        Assert.True(await summaries.StoreAsync(key, 1, "draft", default));
        Assert.True(await summaries.StoreAsync(key, 1, "# Tests\n\n**all** green\0 <script>alert(1)</script>", default));

        var (_, _, person) = await world.Server.SignedInAsync(isAdmin: true);
        var job = await world.ScalarAsync<long>("select id from actions_jobs");
        var shown = (await person.GetFromJsonAsync($"/v1/repos/acme/tools/jobs/{job}/summaries", ContractsJson.Default.StepSummaries))!;
        Assert.Equal([(1, "Run echo hello", "# Tests\n\n**all** green <script>alert(1)</script>"), (2, null, "second")], shown.Select(s => (s.Step, s.Name, s.Markdown)));
        var page = await person.GetStringAsync($"/acme/tools/runs/{run.Id.Value}");
        Assert.Contains("<strong>all</strong> green", page, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(1)", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StepSummaries.StoreSql)]
    [InlineData(StepSummaries.OfJobSql)]
    [InlineData(RunPageQueries.SelectSummaries)]
    public async Task No_statement_scans_a_table(string sql)
    {
        await using var database = await ServerDatabase.CreateAsync();
        (string, object)[] all =
        [
            ("Execution", 1L), ("Runner", 1L), ("Token", 1L), ("Step", 1), ("Most", 20), ("Markdown", "x"), ("Job", 1L), ("Repository", 1L), ("Attempt", 1L), ("Limit", 20),
        ];
        var plan = await QueryPlan.OfAsync(database.ConnectionString, sql, [.. all.Where(parameter => sql.Contains($"@{parameter.Item1}", StringComparison.Ordinal))]);
        Assert.DoesNotContain("Seq Scan on actions_", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_hold_the_execution_stores_nothing()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var summaries = world.Server.Get<StepSummaries>();

        Assert.False(await summaries.StoreAsync(key with { FencingToken = key.FencingToken - 1 }, 1, "x", default));
        Assert.False(await summaries.StoreAsync(key with { Runner = await world.RunnerAsync() }, 1, "x", default));
        await world.EndAsync(key);
        Assert.False(await summaries.StoreAsync(key, 1, "x", default));
        Assert.Equal(0, await world.ScalarAsync<int>("select count(*)::int from actions_step_summaries"));
    }

    [Fact]
    public async Task A_job_has_twenty_at_most_and_those_can_still_be_replaced()
    {
        await using var world = await JobWorld.StartAsync();
        await world.RunAsync(JobWorld.OneJob);
        var key = await world.ClaimedAsync(await world.RunnerAsync());
        var summaries = world.Server.Get<StepSummaries>();
        foreach (var step in Enumerable.Range(1, 22)) Assert.True(await summaries.StoreAsync(key, step, "x", default));

        Assert.True(await summaries.StoreAsync(key, 20, "new", default));

        Assert.Equal(Enumerable.Range(1, 20), await world.QueryAsync<int>("select step from actions_step_summaries order by step"));
        Assert.Equal("new", await world.ScalarAsync<string>("select markdown from actions_step_summaries where step = 20"));
    }

    [Fact]
    public async Task A_summary_of_a_mebibyte_goes_over_the_wire_and_a_larger_one_does_not()
    {
        await using var world = await JobWorld.StartAsync(o => o with { RunBackgroundLoops = true });
        var runner = await JobEndpointsTests.RunnerClientAsync(world);
        await world.RunAsync(JobWorld.OneJob);
        var acquired = await runner.PostAsJsonAsync("/v1/runner/acquire", new AcquireRequest(0, 20), ContractsJson.Default.AcquireRequest);
        var message = (await acquired.Content.ReadFromJsonAsync(ContractsJson.Default.JobMessage))!;
        runner.DefaultRequestHeaders.Add(Protocol.FencingTokenHeader, $"{message.FencingToken}");

        Task<HttpResponseMessage> SendAsync(int step, int length) =>
            runner.PostAsync($"/v1/executions/{message.ExecutionId}/summaries?step={step}", new StringContent(new string('x', length), Encoding.UTF8, "text/markdown"));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(1, Protocol.MaxSummaryBytes)).StatusCode);
        Assert.Equal("body_too_large", await Problem.CodeAsync(await SendAsync(2, Protocol.MaxSummaryBytes + 1), HttpStatusCode.RequestEntityTooLarge));
        Assert.Equal("invalid", await Problem.CodeAsync(await SendAsync(0, 1), HttpStatusCode.BadRequest));
        Assert.Equal(Protocol.MaxSummaryBytes, await world.ScalarAsync<int>("select octet_length(markdown) from actions_step_summaries"));
    }
}
