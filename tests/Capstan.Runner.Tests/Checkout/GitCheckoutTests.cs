using System.Diagnostics;
using Capstan.Contracts;
using Capstan.Runner.Checkout;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Checkout;

public sealed class GitCheckoutTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly JobHarness job = new();
    private GitHttpServer server = null!;
    private string first = "";
    private string second = "";
    private string side = "";

    public async ValueTask InitializeAsync()
    {
        server = await GitHttpServer.StartAsync(folder.Path, "the-token-of-the-job");
        var source = folder["source"];
        Directory.CreateDirectory(source);
        Git(source, "init", "-q", "-b", "main");
        first = Commit(source, "a.txt", "one");
        Git(source, "tag", "v1");
        Git(source, "checkout", "-q", "-b", "side/branch");
        side = Commit(source, "side.txt", "side");
        Git(source, "checkout", "-q", "main");
        second = Commit(source, "a.txt", "two");
        Git(source, "clone", "-q", "--bare", source, folder["acme/app"]);
        Git(folder["acme/app"], "config", "http.receivepack", "true");
        job.Settings = job.Settings with { Checkout = new GitCheckout() };
        job.Contexts = """{"github":{"repository":"acme/app","ref":"refs/heads/main","sha":"SHA","event":{}}}""".Replace("SHA", second, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        job.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_runs_commit_is_checked_out_on_its_branch_with_one_commit_of_history()
    {
        var result = await RunAsync(
            """
            - uses: actions/checkout@v4
              id: checkout
            - run: |
                echo "$(cat a.txt) $(git rev-parse HEAD) $(git branch --show-current) $(git rev-list --count HEAD) ${{ steps.checkout.outputs.commit }} ${{ steps.checkout.outputs.ref }}"
                git status --porcelain
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\ntwo {second} main 1 {second} refs/heads/main", job.LogOf(2), StringComparison.Ordinal);
        Assert.DoesNotContain("the-token-of-the-job", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Branches_tags_and_commits_can_be_named()
    {
        var result = await RunAsync(
            $$"""
            - uses: actions/checkout@v4
              with: { ref: side/branch, path: branch, fetch-depth: 0 }
            - uses: actions/checkout@v4
              with: { ref: v1, path: tag }
            - uses: actions/checkout@v4
              with: { ref: {{first}}, path: commit }
            - run: |
                echo "$(cat branch/side.txt) $(git -C branch branch --show-current) $(git -C branch rev-list --count HEAD) $(git -C branch tag)"
                echo "$(cat tag/a.txt) $(git -C tag rev-parse HEAD)"
                echo "$(cat commit/a.txt) $(git -C commit rev-parse HEAD)"
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\nside side/branch 2 v1\none {first}\none {first}", job.LogOf(4), StringComparison.Ordinal);
        Assert.NotEqual(first, side);
    }

    [Fact]
    public async Task Later_git_commands_are_authorised_unless_the_credentials_are_not_kept()
    {
        var result = await RunAsync(
            """
            - uses: actions/checkout@v4
            - run: git fetch -q origin side/branch && git -c user.name=a -c user.email=b commit -q --allow-empty -m x && git push -q origin main && echo pushed
            - uses: actions/checkout@v4
              with: { persist-credentials: false, path: other }
            - run: cd other && GIT_TERMINAL_PROMPT=0 git fetch -q origin side/branch || echo refused
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith("\npushed", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nrefused", job.LogOf(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_checkout_cleans_the_folder_and_goes_back_to_the_commit()
    {
        var result = await RunAsync(
            """
            - uses: actions/checkout@v4
            - run: echo changed > a.txt; touch new.txt
            - uses: actions/checkout@v4
            - run: cat a.txt; echo; ls new.txt || echo gone
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.Contains("\ntwo\n", job.LogOf(4), StringComparison.Ordinal);
        Assert.EndsWith("\ngone", job.LogOf(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_is_taken_out_of_the_configuration_when_the_job_ends()
    {
        job.Write("keep/action.yml", "runs: { using: node20, main: main.sh, post: post.sh }\n");
        job.Write("keep/main.sh", "true");
        job.Write("keep/post.sh", "echo \"at the end: $(grep -c extraheader app/.git/config)\"");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Node = "/bin/sh" } };
        var result = await RunAsync(
            """
            - uses: ./keep
            - { uses: actions/checkout@v4, with: { path: app } }
            - run: grep -c extraheader app/.git/config
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.Equal(["Run ./keep", "Run actions/checkout@v4", "Run grep -c extraheader app/.git/config", "Post Run actions/checkout@v4", "Post Run ./keep"], result.Steps.Select(s => s.Name));
        Assert.EndsWith("\n1", job.LogOf(3), StringComparison.Ordinal);
        Assert.EndsWith("\nat the end: 0", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_could_not_be_removed_is_not_said_to_be_gone()
    {
        await RunAsync("- uses: actions/checkout@v4\n- run: touch .git/config.lock");

        Assert.Contains("The token could not be removed from", job.LogOf(3), StringComparison.Ordinal);
        Assert.DoesNotContain("Removed the token", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_repository_replaces_what_an_earlier_checkout_left_in_the_folder()
    {
        Git(folder["source"], "clone", "-q", "--bare", "--branch", "side/branch", folder["source"], folder["acme/other"]);
        var result = await RunAsync(
            """
            - uses: actions/checkout@v4
            - { uses: actions/checkout@v4, with: { repository: acme/other } }
            - run: ls | tr '\n' ' '; git config remote.origin.url
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\na.txt side.txt {server.Url}/acme/other", job.LogOf(3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sparse-checkout: docs", "a.txt docs")]
    [InlineData("sparse-checkout: |\n      /docs/\n      !/docs/b.md\n    sparse-checkout-cone-mode: false", "docs")]
    public async Task A_part_of_the_files_can_be_asked_for(string inputs, string expected)
    {
        var source = folder["source"];
        Directory.CreateDirectory(Path.Combine(source, "docs"));
        Directory.CreateDirectory(Path.Combine(source, "src"));
        File.WriteAllText(Path.Combine(source, "docs", "a.md"), "a");
        File.WriteAllText(Path.Combine(source, "docs", "b.md"), "b");
        var commit = Commit(source, "src/x.c", "x");
        Git(source, "push", "-q", folder["acme/app"], "main");
        Git(folder["acme/app"], "config", "uploadpack.allowFilter", "true");
        job.Contexts = job.Contexts.Replace(second, commit, StringComparison.Ordinal);
        var result = await RunAsync($"- uses: actions/checkout@v4\n  with:\n    {inputs}\n- run: ls | tr '\\n' ' '; ls docs | wc -l\n- uses: actions/checkout@v4\n- run: ls | tr '\\n' ' '");

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\n{expected} {(expected == "docs" ? 1 : 2)}", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\na.txt docs src ", job.LogOf(4), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false", "one none none")]
    [InlineData("true", "one two none")]
    [InlineData("recursive", "one two three")]
    public async Task Submodules_are_brought_as_far_as_asked_and_with_the_token(string submodules, string expected)
    {
        await PublishWithSubmodulesAsync();
        var result = await RunAsync(
            $$"""
            - { uses: actions/checkout@v4, with: { repository: acme/outer, submodules: "{{submodules}}" } }
            - run: |
                echo "$(cat file) $(cat middle/file 2> /dev/null || echo none) $(cat middle/inner/file 2> /dev/null || echo none)"
                find . -name config -path '*.git*' | xargs grep -l extraheader | wc -l
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith($"\n{expected}\n{3 - expected.Split("none").Length + 1}", job.LogOf(2), StringComparison.Ordinal);
        Assert.DoesNotContain("the-token-of-the-job", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(job.Workspace, "config", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains("extraheader", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_of_git_lfs_are_asked_for_where_it_is_installed()
    {
        var refused = await RunAsync("- { uses: actions/checkout@v4, with: { lfs: true } }");
        Assert.Equal(Conclusion.Failure, refused.Conclusion);
        Assert.Contains("needs git-lfs", job.LogOf(1), StringComparison.Ordinal);

        // A stand-in that shows how it is called.
        var program = Path.Combine(Directory.CreateDirectory(folder["bin"]).FullName, "git-lfs");
        File.WriteAllText(program, "#!/bin/sh\necho \"lfs: $*\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var environment = new Dictionary<string, string>(job.Settings.BaseEnvironment) { ["PATH"] = folder["bin"] + ":/usr/bin:/bin" };
        job.Settings = job.Settings with { BaseEnvironment = environment };
        var result = await RunAsync("- { uses: actions/checkout@v4, with: { lfs: true } }");

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.Contains("\nlfs: install --local --skip-repo\nlfs: fetch origin refs/remotes/origin/main", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_checkout_does_not_have_is_a_warning()
    {
        var result = await RunAsync("- { uses: actions/checkout@v4, with: { depth: 1 } }");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains(result.Annotations, a => a.Level == "warning" && a.Message.StartsWith("Unexpected input(s) 'depth', valid inputs are ['repository', 'ref', ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ref: no-such-branch", "git fetch failed for acme/app")]
    [InlineData("token: wrong", "git fetch failed for acme/app")]
    [InlineData("repository: acme/none", "git fetch failed for acme/none")]
    [InlineData("path: ../outside", "is not under")]
    [InlineData("ssh-key: abc", "The built-in checkout has no 'ssh-key'")]
    [InlineData("github-server-url: http://127.0.0.1:1", "git fetch failed for acme/app")]
    [InlineData("fetch-depth: many", "'many' is no fetch-depth")]
    public async Task What_cannot_be_checked_out_fails_the_step_with_a_message(string input, string message)
    {
        var result = await RunAsync($"- uses: actions/checkout@v4\n  with: {{ {input} }}");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, job.LogOf(1), StringComparison.Ordinal);
    }

    /// <summary>acme/outer has acme/middle as a submodule, and that acme/inner, by an address relative to the server.</summary>
    private async Task PublishWithSubmodulesAsync()
    {
        var inner = NewRepository("inner", "three");
        var middle = NewRepository("middle", "two");
        var outer = NewRepository("outer", "one");
        foreach (var (repository, name, commit) in new[] { (middle, "inner", inner), (outer, "middle", middle) })
        {
            var sha = Git(commit, "rev-parse", "HEAD").Trim();
            await File.WriteAllTextAsync(Path.Combine(repository, ".gitmodules"), $"[submodule \"{name}\"]\n\tpath = {name}\n\turl = ../{name}\n");
            Git(repository, "update-index", "--add", "--cacheinfo", $"160000,{sha},{name}");
            Git(repository, "add", ".gitmodules");
            Git(repository, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "submodule");
        }

        foreach (var name in new[] { "inner", "middle", "outer" }) Git(folder.Path, "clone", "-q", "--bare", folder["new-" + name], folder["acme/" + name]);
    }

    private string NewRepository(string name, string text)
    {
        var path = Directory.CreateDirectory(folder["new-" + name]).FullName;
        Git(path, "init", "-q", "-b", "main");
        Commit(path, "file", text);
        return path;
    }

    private Task<JobResult> RunAsync(string steps)
    {
        var yaml = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n" + string.Join('\n', steps.Split('\n').Select(line => "      " + line));
        var assignment = job.Order(yaml) with { ServerUrl = server.Url, Token = "the-token-of-the-job" };
        return JobRunner.RunAsync(assignment, job, job.Settings, CancellationToken.None);
    }

    private static string Commit(string repository, string file, string text)
    {
        File.WriteAllText(Path.Combine(repository, file), text);
        Git(repository, "add", "-A");
        Git(repository, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", text);
        return Git(repository, "rev-parse", "HEAD").Trim();
    }

    private static string Git(string repository, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output : throw new InvalidOperationException(string.Join(' ', arguments));
    }
}
