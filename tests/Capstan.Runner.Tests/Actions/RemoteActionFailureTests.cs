using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>Actions that cannot be fetched: what is said, what does not run in their place, and that nothing waits for them.</summary>
public sealed class RemoteActionFailureTests : IAsyncLifetime
{
    private readonly JobHarness job = new();
    private ActionServers servers = null!;

    public async ValueTask InitializeAsync() => servers = await ActionServers.StartAsync(job);

    public async ValueTask DisposeAsync()
    {
        await servers.DisposeAsync();
        job.Dispose();
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_does_not_let_the_upstreams_action_run_in_its_place()
    {
        ActionServers.Publish(servers.Upstream, "acme/hello", "echo from-upstream", "v1");
        job.ServerUrl = "http://127.0.0.1:1";
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        var result = await job.RunStepsAsync("- uses: acme/hello@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("Unable to resolve action 'acme/hello@v1'", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("from-upstream", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_in_trouble_is_asked_again()
    {
        ActionServers.Publish(servers.OnServer, "acme/hello", "echo hello", "v1");
        servers.Http.Fail(requests: 2);
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: acme/hello@v1");

        Assert.EndsWith("\nhello", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_keeps_from_a_job_is_not_taken_from_the_cache()
    {
        var commit = ActionServers.Publish(servers.OnServer, "acme/private", "echo secret-code", "v1");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        Assert.EndsWith("\nsecret-code", await servers.RunAgainAsync($"- uses: acme/private@{commit}"), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(servers.OnServer, "acme/private"), recursive: true);

        Assert.DoesNotContain("secret-code", await servers.RunAgainAsync($"- uses: acme/private@{commit}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_that_use_each_other_end_with_a_message()
    {
        ActionServers.PublishFiles(servers.Upstream, "acme/a", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/b@v1\n"));
        ActionServers.PublishFiles(servers.Upstream, "acme/b", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/a@v1\n"));
        var result = await job.RunStepsAsync("- run: touch ran\n- uses: acme/a@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("Composite action depth exceeded max depth 9", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task A_server_that_asks_for_a_name_has_no_repository_for_us()
    {
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = servers.Http.Url } };
        var result = await job.RunStepsAsync("- uses: acme/none@v1");

        Assert.Contains("Unable to resolve action 'acme/none@v1', repository not found or private", result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acme/none@v1", "Unable to resolve action 'acme/none@v1', repository not found")]
    [InlineData("acme/hello@v9", "The repository acme/hello has no tag or branch 'v9'")]
    [InlineData("acme/hello@abcdef0", "a commit is named by its whole SHA")]
    [InlineData("acme/hello@0123456789012345678901234567890123456789", "Unable to resolve action")]
    [InlineData("acme/hello/no/folder@v1", "is no action")]
    [InlineData("acme/docker@v1", "docker action")]
    public async Task What_cannot_be_had_fails_the_set_up_with_a_message_and_no_step_runs(string uses, string message)
    {
        ActionServers.Publish(servers.Upstream, "acme/hello", "echo hello", "v1");
        ActionServers.PublishFiles(servers.Upstream, "acme/docker", "v1", ("action.yml", "runs: { using: docker, image: Dockerfile }\n"));
        var result = await job.RunStepsAsync($"- {{ run: touch ran, if: always() }}\n- uses: {uses}");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, result.Reason, StringComparison.Ordinal);
        Assert.Contains("(Line: 7, Col:", job.LogOf(1), StringComparison.Ordinal);
        Assert.Equal(["Set up job"], result.Steps.Select(step => step.Name));
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task Without_a_place_to_fetch_from_the_message_says_how_to_have_one()
    {
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = null } };
        var result = await job.RunStepsAsync("- uses: acme/hello@v1");

        Assert.Contains("CAPSTAN_ACTIONS_UPSTREAM", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancellation_ends_the_set_up_and_no_step_runs()
    {
        using var cancel = new CancellationTokenSource();
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = $"http://{silent.LocalEndpoint}" } };
        var running = job.RunStepsAsync("- { run: touch ran, if: always() }\n- uses: acme/hello@v1", cancel.Token);
        using var asked = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        var result = await running;

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal([Conclusion.Cancelled], result.Steps.Select(step => step.Conclusion!.Value));
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task The_time_of_a_step_holds_for_the_actions_that_it_brings()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = $"http://{silent.LocalEndpoint}" } };
        job.Write("own/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/hello@v1\n");
        var result = await job.RunStepsAsync("- { uses: ./own, timeout-minutes: 0.005 }\n- { run: echo after, if: always() }");

        Assert.Equal([Conclusion.Failure, Conclusion.Success], result.Steps.Select(step => step.Conclusion!.Value));
        Assert.Contains("has timed out after 0.005 minutes", job.LogOf(1), StringComparison.Ordinal);
        AssertFetchWasBrokenOff(result);
    }

    [Fact]
    public async Task A_cancellation_ends_a_step_that_brings_actions()
    {
        using var cancel = new CancellationTokenSource();
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = $"http://{silent.LocalEndpoint}" } };
        job.Write("own/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/hello@v1\n");
        var running = job.RunStepsAsync("- uses: ./own", cancel.Token);
        using var asked = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        var result = await running;

        Assert.Equal([Conclusion.Cancelled], result.Steps.Select(step => step.Conclusion!.Value));
        AssertFetchWasBrokenOff(result);
    }

    [Theory]
    [InlineData("fatal: repository 'https://x.example/acme/none/' not found", "t", true)]
    [InlineData("remote: Repository not found.\nfatal: repository 'https://x.example/acme/none/' not found\n", "", true)]
    [InlineData("fatal: '/srv/acme/none' does not appear to be a git repository\nfatal: Could not read from remote repository.", "", true)]
    [InlineData("fatal: could not read Username for 'https://x.example': terminal prompts disabled", "", true)]
    [InlineData("fatal: could not read Username for 'https://x.example': terminal prompts disabled", "t", false)]
    [InlineData("fatal: unable to access 'https://x.example/acme/none/': certificate not found", "", false)]
    [InlineData("fatal: unable to access 'https://x.example/': Could not resolve host: x.example", "", false)]
    [InlineData("error: the proxy 'p' does not exist", "", false)]
    public void Only_git_itself_says_that_a_repository_is_not_there(string errors, string token, bool missing) => Assert.Equal(missing, ActionRepository.IsMissing(errors, token));

    /// <summary>By itself the fetch gives up after thirty seconds.</summary>
    private static void AssertFetchWasBrokenOff(JobResult result) => Assert.True(result.Steps[0].CompletedAt - result.Steps[0].StartedAt < TimeSpan.FromSeconds(25));
}
