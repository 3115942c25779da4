using System.Text.RegularExpressions;
using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>Actions that are fetched by git, from the job's own server and from an upstream.</summary>
public sealed class RemoteActionTests : IAsyncLifetime
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
    public async Task An_action_is_fetched_before_the_first_step_and_the_log_says_which_commit()
    {
        var commit = ActionServers.Publish(servers.Upstream, "acme/hello", "echo \"hello $INPUT_WHO from $GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF\"", "v1");
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
        var first = ActionServers.Publish(servers.Upstream, "acme/hello", "echo first", "v1");
        await job.RunStepsAsync("- uses: acme/hello@v1");
        var again = await servers.RunAgainAsync("- uses: acme/hello@v1");
        var second = ActionServers.Publish(servers.Upstream, "acme/hello", "echo second", "v1");
        var moved = await servers.RunAgainAsync("- uses: acme/hello@v1");

        Assert.Contains($"\nTake from the cache action repository 'acme/hello@v1' (SHA:{first})", again, StringComparison.Ordinal);
        Assert.Contains("\nfirst", again, StringComparison.Ordinal);
        Assert.Contains($"\nDownload action repository 'acme/hello@v1' (SHA:{second})", moved, StringComparison.Ordinal);
        Assert.EndsWith("\nsecond", moved, StringComparison.Ordinal);
        Assert.Equal([first, second], servers.Cached("*/acme/hello/*").Select(Path.GetFileName).OrderBy(sha => sha == first ? 0 : 1));
    }

    [Fact]
    public async Task What_an_action_changes_beside_itself_is_seen_by_its_own_job_only()
    {
        ActionServers.Publish(servers.Upstream, "acme/hello", "cd \"$(dirname \"$0\")\"; test -e left && echo found; touch left; echo 'echo changed' > main.sh", "v1");
        await job.RunStepsAsync("- uses: acme/hello@v1\n- uses: acme/hello@v1");
        var again = await servers.RunAgainAsync("- uses: acme/hello@v1");

        Assert.EndsWith("\nchanged", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain("changed", again, StringComparison.Ordinal);
        Assert.DoesNotContain("found", again, StringComparison.Ordinal);
        Assert.DoesNotContain(servers.Cached("*/acme/hello/*").SelectMany(Directory.GetFiles), file => Path.GetFileName(file) == "left");
    }

    [Fact]
    public async Task An_action_is_found_at_its_path_and_its_copy_goes_with_the_job()
    {
        ActionServers.PublishFiles(servers.Upstream, "acme/tools", "v1", ("where/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: 'cat \"${{ github.action_path }}/../shared\"; echo \"at $GITHUB_ACTION_PATH\"', shell: bash }\n"), ("shared", "shared-file\n"));
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
        var outside = Directory.CreateDirectory(Path.Combine(servers.Upstream, "../outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "action.yml"), "runs:\n  using: composite\n  steps:\n    - { run: touch ran, shell: bash }\n");
        ActionServers.Publish(servers.Upstream, "acme/tools", "echo inside", "v1");
        File.CreateSymbolicLink(Path.Combine(servers.Upstream, "acme/tools/out"), outside);
        File.CreateSymbolicLink(Path.Combine(servers.Upstream, "acme/tools/in"), ".");
        ActionServers.PublishFiles(servers.Upstream, "acme/tools", "v1");
        var result = await job.RunStepsAsync("- uses: acme/tools/out@v1");

        Assert.Contains("'acme/tools/out@v1' is no action: links lead out of its repository", result.Reason, StringComparison.Ordinal);
        Assert.EndsWith("\ninside", await servers.RunAgainAsync("- uses: acme/tools/in@v1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_branches_full_names_and_commits_can_be_named()
    {
        var commit = ActionServers.Publish(servers.Upstream, "acme/hello", "echo hello", "v1");
        foreach (var reference in new[] { "v1", "main", "refs/heads/main", "refs/tags/v1", commit })
        {
            var log = await servers.RunAgainAsync($"- uses: acme/hello@{reference}");
            Assert.Contains($"(SHA:{commit})", log, StringComparison.Ordinal);
            Assert.EndsWith("\nhello", log, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_commit_in_the_cache_needs_no_upstream()
    {
        var commit = ActionServers.Publish(servers.Upstream, "acme/hello", "echo hello", "v1");
        await job.RunStepsAsync($"- uses: acme/hello@{commit}");
        Directory.Delete(servers.Upstream, recursive: true);

        Assert.EndsWith("\nhello", await servers.RunAgainAsync($"- uses: acme/hello@{commit}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_repositories_of_the_jobs_server_go_before_the_upstream()
    {
        ActionServers.Publish(servers.Upstream, "acme/hello", "echo from-upstream", "v1");
        ActionServers.Publish(servers.Upstream, "acme/other", "echo other-from-upstream", "v1");
        ActionServers.Publish(servers.OnServer, "acme/hello", "echo from-server", "v1");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: acme/hello@v1\n- uses: acme/other@v1");

        Assert.EndsWith("\nfrom-server", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nother-from-upstream", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain("job-token-0123456789", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Actions_of_a_composite_action_are_fetched_before_the_first_step_as_well()
    {
        ActionServers.Publish(servers.Upstream, "acme/leaf", "echo leaf", "v2");
        ActionServers.PublishFiles(servers.Upstream, "acme/outer", "v1", ("action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/middle/deep@v1\n"));
        ActionServers.PublishFiles(servers.Upstream, "acme/middle", "v1", ("deep/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: acme/leaf@v2\n"));
        await job.RunStepsAsync("- run: echo first\n- uses: acme/outer@v1");

        Assert.Equal(3, Regex.Count(job.LogOf(1), "\nDownload action repository ", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.EndsWith("\nleaf", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_to_the_same_repository_means_the_same_commit_of_it()
    {
        ActionServers.PublishFiles(
            servers.Upstream,
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
        var commit = ActionServers.Publish(servers.OnServer, "acme/app", "echo own-action", "v1");
        job.Contexts = job.Contexts.Replace("0123456789012345678901234567890123456789", commit, StringComparison.Ordinal);
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { FromServer = true } };
        await job.RunStepsAsync("- uses: $/");

        Assert.EndsWith("\nown-action", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nine_actions_that_each_use_the_next_sixteen_times_are_looked_through_at_once()
    {
        for (var i = 1; i <= 9; i++)
        {
            var uses = string.Concat(Enumerable.Repeat(i == 9 ? "    - { run: 'true', shell: bash }\n" : $"    - uses: $/a{i + 1}\n", 16));
            ActionServers.PublishFiles(servers.Upstream, "acme/wide", "v1", ($"a{i}/action.yml", "runs:\n  using: composite\n  steps:\n" + uses));
        }

        // Walked one by one, the ways through them are four thousand million.
        var result = await job.RunStepsAsync("- { uses: acme/wide/a1@v1, if: false }").WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(Conclusion.Success, result.Conclusion);
    }

    [Fact]
    public async Task Jobs_that_need_the_same_commit_at_the_same_time_all_get_it()
    {
        ActionServers.Publish(servers.Upstream, "acme/hello", "echo hello", "v1");
        var jobs = Enumerable.Range(0, 6).Select(_ => new JobHarness()).ToList();
        foreach (var one in jobs) one.Settings = one.Settings with { Actions = job.Settings.Actions };
        var results = await Task.WhenAll(jobs.Select(one => one.RunStepsAsync("- uses: acme/hello@v1")));

        Assert.All(results, result => Assert.Equal(Conclusion.Success, result.Conclusion));
        Assert.Empty(servers.Cached("*/.incoming/*"));
        Assert.Single(servers.Cached("*/acme/hello/*"));
        jobs.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task The_real_checkout_runs_instead_of_the_built_in_one_when_that_is_switched_off()
    {
        ActionServers.Publish(servers.Upstream, "actions/checkout", "echo the-real-one", "v4");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { BuiltIn = false } };
        await job.RunStepsAsync("- uses: actions/checkout@v4");

        Assert.EndsWith("\nthe-real-one", job.LogOf(2), StringComparison.Ordinal);
    }
}
