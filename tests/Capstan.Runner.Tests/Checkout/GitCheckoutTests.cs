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

    [Theory]
    [InlineData("ref: no-such-branch", "git fetch failed for acme/app")]
    [InlineData("token: wrong", "git fetch failed for acme/app")]
    [InlineData("repository: acme/none", "git fetch failed for acme/none")]
    [InlineData("path: ../outside", "is not under")]
    [InlineData("submodules: true", "'submodules' of actions/checkout is not supported")]
    [InlineData("fetch-depth: many", "'many' is no fetch-depth")]
    public async Task What_cannot_be_checked_out_fails_the_step_with_a_message(string input, string message)
    {
        var result = await RunAsync($"- uses: actions/checkout@v4\n  with: {{ {input} }}");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, job.LogOf(1), StringComparison.Ordinal);
    }

    private Task<JobResult> RunAsync(string steps)
    {
        var yaml = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n" + string.Join('\n', steps.Split('\n').Select(line => "      " + line));
        var message = job.Message(yaml) with { ServerUrl = server.Url, Token = "the-token-of-the-job" };
        return JobRunner.RunAsync(message, job, job.Settings, CancellationToken.None);
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
