using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Capstan.Testing;
using Xunit;

namespace Capstan.Server.Tests.Identity;

public sealed class JobTokensTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public async Task A_token_names_its_job_while_the_execution_runs()
    {
        await using var server = await StartAsync();
        var (execution, token) = await IssueAsync(server);
        var job = await server.Get<JobTokens>().ValidateAsync(token, default);
        Assert.NotNull(job);
        Assert.Equal(new ExecutionId(execution.ExecutionId), job.ExecutionId);
        Assert.Equal(new RunId(execution.RunId), job.RunId);
        Assert.True(job.MayReadContents);
        Assert.False(job.MayWriteContents);
    }

    [Fact]
    public async Task A_token_carries_the_claims_that_clients_of_actions_parse()
    {
        await using var server = await StartAsync();
        var (execution, token) = await IssueAsync(server);
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));
        Assert.Equal($"Actions.Results:{execution.RunId}:{execution.JobId}", claims.RootElement.GetProperty("scp").GetString());
        Assert.Equal("""[{"Scope":"refs/heads/main","Permission":3}]""", claims.RootElement.GetProperty("ac").GetString());
        Assert.True(claims.RootElement.GetProperty("exp").GetInt64() > claims.RootElement.GetProperty("nbf").GetInt64());
        Assert.False(string.IsNullOrEmpty(claims.RootElement.GetProperty("orch_id").GetString()));
    }

    [Theory]
    [InlineData("update actions_job_executions set fencing_token = 2")]
    [InlineData("update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = started_at")]
    public async Task A_token_dies_with_the_claim_it_was_issued_for(string change)
    {
        await using var server = await StartAsync();
        var (_, token) = await IssueAsync(server);
        await new Seeds(server.ConnectionString).ExecuteAsync(change);
        Assert.Null(await server.Get<JobTokens>().ValidateAsync(token, default));
    }

    [Fact]
    public async Task A_retired_key_signs_nothing_and_is_believed_by_nobody_any_more()
    {
        await using var server = await StartAsync();
        var keys = server.Get<SigningKeys>();
        var old = await keys.CurrentAsync(default);
        Assert.Same(old, await keys.FindAsync(old.Kid, default));
        await new Seeds(server.ConnectionString).ExecuteAsync("update signing_keys set retired_at = created_at");

        clock.Advance(SigningKeys.GoodFor);

        Assert.Null(await keys.FindAsync(old.Kid, default));
        var current = await keys.CurrentAsync(default);
        Assert.NotEqual(old.Kid, current.Kid);
        Assert.Same(current, await keys.FindAsync(current.Kid, default));
    }

    [Fact]
    public async Task A_token_dies_with_the_lease()
    {
        await using var server = await StartAsync();
        clock.Advance(Protocol.LeaseLength * 2);
        server.Get<DatabaseAvailability>().Seen();
        clock.Advance(Protocol.LeaseLength);
        for (var beat = 0; beat < 40; beat++)
        {
            clock.Advance(ServerInstance.BeatEvery);
            server.Get<DatabaseAvailability>().Seen();
        }

        var (_, token) = await IssueAsync(server);
        Assert.NotNull(await server.Get<JobTokens>().ValidateAsync(token, default));
        for (var beat = 0; beat < 13; beat++)
        {
            clock.Advance(ServerInstance.BeatEvery);
            server.Get<DatabaseAvailability>().Seen();
        }

        Assert.Null(await server.Get<JobTokens>().ValidateAsync(token, default));
    }

    [Fact]
    public async Task A_lease_that_ran_out_while_the_database_was_away_still_counts_for_a_lease_length()
    {
        await using var server = await StartAsync();
        var (_, token) = await IssueAsync(server);
        clock.Advance(Protocol.LeaseLength * 3);
        server.Get<DatabaseAvailability>().Missed();
        Assert.NotNull(await server.Get<JobTokens>().ValidateAsync(token, default));
    }

    [Fact]
    public async Task A_token_that_was_changed_or_signed_by_another_or_names_another_algorithm_is_refused()
    {
        await using var server = await StartAsync();
        var (_, token) = await IssueAsync(server);
        var parts = token.Split('.');
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1]));
        var richer = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.Replace("\"read\"", "\"write\"", StringComparison.Ordinal)));
        var none = Base64Url.EncodeToString("""{"alg":"none","typ":"JWT"}"""u8);
        string[] forged =
        [
            $"{parts[0]}.{richer}.{parts[2]}",
            $"{none}.{parts[1]}.",
            $"{none}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(new byte[256])}",
            "eyJ.eyJ.eyJ",
            "eyJ..",
            "eyJ" + new string('a', 10_000) + "..",
        ];
        foreach (var text in forged)
            Assert.Null(await server.Get<JobTokens>().ValidateAsync(text, default));
    }

    private Task<TestServer> StartAsync() => TestServer.StartAsync(options => options with { TimeProvider = clock });

    private async Task<(SeededExecution Execution, string Token)> IssueAsync(TestServer server)
    {
        var seeds = new Seeds(server.ConnectionString);
        var user = await seeds.UserAsync();
        var repository = await seeds.RepositoryAsync(await seeds.OrganizationAsync("acme", user), "app");
        var execution = await seeds.RunningExecutionAsync(repository, user, clock.GetUtcNow() + Protocol.LeaseLength);
        var token = await server.Get<JobTokens>().IssueAsync(
            new JobTokenContent(
                new ExecutionId(execution.ExecutionId), 1, new RunId(execution.RunId), new JobId(execution.JobId), "build", "acme/app", "refs/heads/main",
                new Dictionary<string, string> { ["contents"] = "read" }),
            default);
        return (execution, token);
    }
}
