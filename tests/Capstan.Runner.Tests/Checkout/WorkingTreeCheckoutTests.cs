using System.Diagnostics;
using Capstan.Contracts;
using Capstan.Runner.Checkout;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Checkout;

public sealed class WorkingTreeCheckoutTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly JobHarness job = new();

    public WorkingTreeCheckoutTests()
    {
        Git("init", "-q", "-b", "main");
        Write("tracked.txt", "committed");
        Git("add", "-A");
        Git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "x");
        Git("tag", "v1");
        Write("tracked.txt", "changed");
        job.Settings = job.Settings with { Checkout = new WorkingTreeCheckout(folder.Path, Copy, alreadyThere: false) };
    }

    public void Dispose()
    {
        job.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_copy_is_written_where_the_step_asks_for_it()
    {
        var result = await job.RunStepsAsync(
            """
            - uses: actions/checkout@v4
            - uses: actions/checkout@v4
              with: { path: inner }
            - run: cat tracked.txt inner/tracked.txt
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.Contains("Copied 1 files", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nchangedchanged", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workspace_that_holds_the_copy_already_is_left_alone()
    {
        job.Settings = job.Settings with { Checkout = new WorkingTreeCheckout(folder.Path, _ => throw new InvalidOperationException(), alreadyThere: true) };
        job.Write("here.txt", "");
        var result = await job.RunStepsAsync("- uses: actions/checkout@v4");

        Assert.Equal(Conclusion.Success, result.Conclusion);
    }

    [Fact]
    public async Task What_steps_did_before_the_checkout_is_undone_as_by_the_real_one()
    {
        job.Settings = job.Settings with { Checkout = new WorkingTreeCheckout(folder.Path, Copy, alreadyThere: true) };
        job.Write("tracked.txt", "changed");
        var result = await job.RunStepsAsync(
            """
            - run: mkdir -p made/inner; echo spoilt > tracked.txt; ln -s /nowhere link
            - uses: actions/checkout@v4
            - run: echo "$(ls -A) $(cat tracked.txt)"; touch other
            - uses: actions/checkout@v4
              with: { clean: false }
            - run: ls -A | xargs
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith("\ntracked.txt changed", job.LogOf(3), StringComparison.Ordinal);
        Assert.EndsWith("\nother tracked.txt", job.LogOf(5), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_the_copy_has_a_folder_for_gets_the_whole_repository()
    {
        job.Settings = job.Settings with { Checkout = new WorkingTreeCheckout(folder.Path, Copy, alreadyThere: true) };
        job.Write("src/old.txt", "");
        var result = await job.RunStepsAsync("- { uses: actions/checkout@v4, with: { path: src } }\n- run: ls -A src");

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith("\ntracked.txt", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_explicit_ref_is_written_from_the_repository_without_touching_the_working_tree()
    {
        var result = await job.RunStepsAsync(
            """
            - uses: actions/checkout@v4
              with: { ref: v1, path: old }
            - run: cat old/tracked.txt
            """);

        Assert.True(result.Conclusion == Conclusion.Success, job.Log);
        Assert.EndsWith("\ncommitted", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal("changed", File.ReadAllText(folder["tracked.txt"]));
        Assert.DoesNotContain("tracked.txt", Git("diff", "--cached", "--name-only"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_repository_is_asked_of_the_server_that_the_working_tree_is_from()
    {
        var result = await job.RunStepsAsync("- { uses: actions/checkout@v4, with: { repository: other/one } }");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("Fetching HEAD from http://127.0.0.1:1/other/one", job.Log, StringComparison.Ordinal);
    }

    private int Copy(string target)
    {
        Directory.CreateDirectory(target);
        File.Copy(folder["tracked.txt"], Path.Combine(target, "tracked.txt"), overwrite: true);
        return 1;
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
        File.WriteAllText(folder[file], text);
    }

    private string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder.Path, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? output : throw new InvalidOperationException(string.Join(' ', arguments));
    }
}
