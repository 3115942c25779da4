using System.Diagnostics;
using System.Text.RegularExpressions;
using Capstan.Contracts;
using Capstan.Runner.Actions;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Checkout;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>Actions that are fetched by git, from the job's own server and from an upstream.</summary>
public sealed class RemoteActionTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly JobHarness job = new();
    private GitHttpServer server = null!;

    private string Upstream => folder["upstream"];

    private string Cache => folder["cache"];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Upstream);
        Directory.CreateDirectory(folder["server"]);
        server = await GitHttpServer.StartAsync(folder["server"], "job-token-0123456789");
        job.ServerUrl = server.Url;
        job.Settings = job.Settings with { Actions = new ActionSettings { Node = "/bin/sh", Cache = Cache, Upstream = "file://" + Upstream } };
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        job.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task An_action_is_fetched_before_the_first_step_and_the_log_says_which_commit()
    {
        var commit = Publish(Upstream, "acme/hello", "echo \"hello $INPUT_WHO from $GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF\"", "v1");
        var result = await job.RunStepsAsync("- { uses: acme/hello@v1, with: { who: you } }");

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\nDownload action repository 'acme/hello@v1' (SHA:{commit})", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nhello you from acme/hello@v1", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal("Set up job", result.Steps[0].Name);
        Assert.Equal(result.Steps[0], job.BeforeSteps);
    }

    [Fact]
    public async Task A_commit_is_downloaded_once_and_a_moved_tag_is_seen()
    {
        var first = Publish(Upstream, "acme/hello", "echo first", "v1");
        await job.RunStepsAsync("- uses: acme/hello@v1");
        var again = await RunAgainAsync("- uses: acme/hello@v1");
        var second = Publish(Upstream, "acme/hello", "echo second", "v1");
        var moved = await RunAgainAsync("- uses: acme/hello@v1");

        Assert.Contains($"\nTake from the cache action repository 'acme/hello@v1' (SHA:{first})", again, StringComparison.Ordinal);
        Assert.Contains("\nfirst", again, StringComparison.Ordinal);
        Assert.Contains($"\nDownload action repository 'acme/hello@v1' (SHA:{second})", moved, StringComparison.Ordinal);
        Assert.EndsWith("\nsecond", moved, StringComparison.Ordinal);
        Assert.Equal([first, second], Folders("*/acme/hello/*").Select(Path.GetFileName).OrderBy(sha => sha == first ? 0 : 1));
    }

    [Fact]
    public async Task What_an_action_changes_beside_itself_is_seen_by_its_own_job_only()
    {
        Publish(Upstream, "acme/hello", "cd \"$(dirname \"$0\")\"; test -e left && echo found; touch left; echo 'echo changed' > main.sh", "v1");
        await job.RunStepsAsync("- uses: acme/hello@v1\n- uses: acme/hello@v1");
        var again = await RunAgainAsync("- uses: acme/hello@v1");

        Assert.EndsWith("\nchanged", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain("changed", again, StringComparison.Ordinal);
        Assert.DoesNotContain("found", again, StringComparison.Ordinal);
        Assert.DoesNotContain(Folders("*/acme/hello/*").SelectMany(Directory.GetFiles), file => Path.GetFileName(file) == "left");
    }

    [Fact]
    public async Task An_action_is_found_at_its_path_and_its_copy_goes_with_the_job()
    {
        PublishFiles(Upstream, "acme/tools", "v1", ("where/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: 'cat \"${{ github.action_path }}/../shared\"; echo \"at $GITHUB_ACTION_PATH\"', shell: bash }\n"), ("shared", "shared-file\n"));
        await job.RunStepsAsync("- uses: acme/tools/where@v1");
        var at = job.LogOf(2).Split("\nat ")[^1];

        Assert.Contains("\nshared-file", job.LogOf(2), StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine(Path.GetDirectoryName(job.Settings.Temp)!, "_actions") + "/", at, StringComparison.Ordinal);
        Assert.EndsWith("/where", at, StringComparison.Ordinal);
        Assert.False(Directory.Exists(at));
    }

    [Fact]
    public async Task An_action_behind_a_link_out_of_its_repository_is_none()
    {
        var outside = Directory.CreateDirectory(folder["outside"]).FullName;
        File.WriteAllText(Path.Combine(outside, "action.yml"), "runs:\n  using: composite\n  steps:\n    - { run: touch ran, shell: bash }\n");
        Publish(Upstream, "acme/tools", "echo inside", "v1");
        File.CreateSymbolicLink(Path.Combine(Upstream, "acme/tools/out"), outside);
        File.CreateSymbolicLink(Path.Combine(Upstream, "acme/tools/in"), ".");
        PublishFiles(Upstream, "acme/tools", "v1");
        var result = await job.RunStepsAsync("- uses: acme/tools/out@v1");

        Assert.Contains("'acme/tools/out@v1' is no action: links lead out of its repository", result.Reason, StringComparison.Ordinal);
        Assert.EndsWith("\ninside", await RunAgainAsync("- uses: acme/tools/in@v1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_branches_full_names_and_commits_can_be_named()
    {
        var commit = Publish(Upstream, "acme/hello", "echo hello", "v1");
        foreach (var reference in new[] { "v1", "main", "refs/heads/main", "refs/tags/v1", commit })
        {
            var log = await RunAgainAsync($"- uses: acme/hello@{reference}");
            Assert.Contains($"(SHA:{commit})", log, StringComparison.Ordinal);
            Assert.EndsWith("\nhello", log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_commit_in_the_cache_needs_no_upstream()
    {
        var commit = Publish(Upstream, "acme/hello", "echo hello", "v1");
        await job.RunStepsAsync($"- uses: acme/hello@{commit}");
        Directory.Delete(Upstream, recursive: true);

        Assert.EndsWith("\nhello", await RunAgainAsync($"- uses: acme/hello@{commit}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_repositories_of_the_jobs_server_go_before_the_upstream()
    {
        Publish(Upstream, "acme/hello", "echo from-upstream", "v1");
        Publish(Upstream, "acme/other", "echo other-from-upstream", "v1");
        Publish(folder["server"], "acme/hello", "echo from-server", "v1");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: acme/hello@v1\n- uses: acme/other@v1");

        Assert.EndsWith("\nfrom-server", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nother-from-upstream", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain("job-token-0123456789", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_does_not_let_the_upstreams_action_run_in_its_place()
    {
        Publish(Upstream, "acme/hello", "echo from-upstream", "v1");
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
        Publish(folder["server"], "acme/hello", "echo hello", "v1");
        server.Fail(requests: 2);
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: acme/hello@v1");

        Assert.EndsWith("\nhello", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_server_keeps_from_a_job_is_not_taken_from_the_cache()
    {
        var commit = Publish(folder["server"], "acme/private", "echo secret-code", "v1");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        Assert.EndsWith("\nsecret-code", await RunAgainAsync($"- uses: acme/private@{commit}"), StringComparison.Ordinal);
        Directory.Delete(folder["server/acme/private"], recursive: true);

        Assert.DoesNotContain("secret-code", await RunAgainAsync($"- uses: acme/private@{commit}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_of_a_composite_action_are_fetched_before_the_first_step_as_well()
    {
        Publish(Upstream, "acme/leaf", "echo leaf", "v2");
        PublishFiles(Upstream, "acme/outer", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/middle/deep@v1\n"));
        PublishFiles(Upstream, "acme/middle", "v1", ("deep/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/leaf@v2\n"));
        await job.RunStepsAsync("- run: echo first\n- uses: acme/outer@v1");

        Assert.Equal(3, Regex.Count(job.LogOf(1), "\nDownload action repository ", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.EndsWith("\nleaf", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_to_the_same_repository_means_the_same_commit_of_it()
    {
        PublishFiles(
            Upstream,
            "acme/tools",
            "v1",
            ("outer/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: $/inner\n"),
            ("inner/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: 'echo inner of ${{ github.action_repository }}', shell: bash }\n"));
        await job.RunStepsAsync("- uses: acme/tools/outer@v1");

        Assert.EndsWith("\ninner of acme/tools", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_to_the_jobs_own_repository_is_fetched_at_the_runs_commit()
    {
        var commit = Publish(folder["server"], "acme/app", "echo own-action", "v1");
        job.Contexts = job.Contexts.Replace("0123456789012345678901234567890123456789", commit, StringComparison.Ordinal);
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: $/");

        Assert.EndsWith("\nown-action", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_that_use_each_other_end_with_a_message()
    {
        PublishFiles(Upstream, "acme/a", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/b@v1\n"));
        PublishFiles(Upstream, "acme/b", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/a@v1\n"));
        var result = await job.RunStepsAsync("- run: touch ran\n- uses: acme/a@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("Composite action depth exceeded max depth 9", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task Nine_actions_that_each_use_the_next_sixteen_times_are_looked_through_at_once()
    {
        for (var i = 1; i <= 9; i++)
        {
            var uses = string.Concat(Enumerable.Repeat(i == 9 ? "    - { run: 'true', shell: bash }\n" : $"    - uses: $/a{i + 1}\n", 16));
            PublishFiles(Upstream, "acme/wide", "v1", ($"a{i}/action.yml", "runs:\n  using: composite\n  steps:\n" + uses));
        }

        // Walked one by one, the ways through them are four thousand million.
        var result = await job.RunStepsAsync("- { uses: acme/wide/a1@v1, if: false }").WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(Conclusion.Success, result.Conclusion);
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

    [Fact]
    public async Task A_server_that_asks_for_a_name_has_no_repository_for_us()
    {
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Upstream = server.Url } };
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
        Publish(Upstream, "acme/hello", "echo hello", "v1");
        PublishFiles(Upstream, "acme/docker", "v1", ("action.yml", "runs: { using: docker, image: Dockerfile }\n"));
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
    public async Task Jobs_that_need_the_same_commit_at_the_same_time_all_get_it()
    {
        Publish(Upstream, "acme/hello", "echo hello", "v1");
        var jobs = Enumerable.Range(0, 6).Select(_ => new JobHarness()).ToList();
        foreach (var one in jobs) one.Settings = one.Settings with { Actions = job.Settings.Actions };
        var results = await Task.WhenAll(jobs.Select(one => one.RunStepsAsync("- uses: acme/hello@v1")));

        Assert.All(results, result => Assert.Equal(Conclusion.Success, result.Conclusion));
        Assert.Empty(Folders("*/.incoming/*"));
        Assert.Single(Folders("*/acme/hello/*"));
        jobs.ForEach(one => one.Dispose());
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

    [Fact]
    public async Task The_real_checkout_runs_instead_of_the_built_in_one_when_that_is_switched_off()
    {
        Publish(Upstream, "actions/checkout", "echo the-real-one", "v4");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { BuiltIn = false } };
        await job.RunStepsAsync("- uses: actions/checkout@v4");

        Assert.EndsWith("\nthe-real-one", job.LogOf(2), StringComparison.Ordinal);
    }

    /// <summary>By itself the fetch gives up after thirty seconds.</summary>
    private static void AssertFetchWasBrokenOff(JobResult result) => Assert.True(result.Steps[0].CompletedAt - result.Steps[0].StartedAt < TimeSpan.FromSeconds(25));

    /// <summary>Commits a JavaScript action whose script is a shell's, and moves the tag to it.</summary>
    private static string Publish(string root, string name, string script, string tag) =>
        PublishFiles(root, name, tag, ("action.yml", "inputs: { who: { default: World } }\nruns: { using: node20, main: main.sh }\n"), ("main.sh", script + "\n"));

    private static string PublishFiles(string root, string name, string tag, params (string Name, string Text)[] files)
    {
        var repository = Path.Combine(root, name);
        if (!Directory.Exists(Path.Combine(repository, ".git")))
        {
            Directory.CreateDirectory(repository);
            Git(repository, "init", "-q", "-b", "main");
        }

        foreach (var (file, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(repository, file))!);
            File.WriteAllText(Path.Combine(repository, file), text);
        }

        Git(repository, "add", ".");
        Git(repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "x");
        Git(repository, "-c", "user.name=t", "-c", "user.email=t@example.org", "tag", "-f", "-a", "-m", tag, tag);
        return Git(repository, "rev-parse", "HEAD").Trim();
    }

    /// <summary>In a job of its own, on the same cache.</summary>
    private async Task<string> RunAgainAsync(string steps)
    {
        using var other = new JobHarness { ServerUrl = job.ServerUrl };
        other.Settings = other.Settings with { Actions = job.Settings.Actions };
        await other.RunStepsAsync(steps);
        return other.Log;
    }

    private IEnumerable<string> Folders(string pattern) => pattern.Split('/').Aggregate(
        new[] { Cache }.AsEnumerable(), (folders, part) => folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateDirectories(folder, part)));

    private static string Git(string folder, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["GIT_CONFIG_GLOBAL"] = "/dev/null", ["GIT_CONFIG_NOSYSTEM"] = "1" },
        })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output;
    }
}
