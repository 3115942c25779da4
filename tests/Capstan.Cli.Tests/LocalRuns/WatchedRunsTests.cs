using Capstan.Cli.LocalRuns;
using Capstan.Cli.LocalRuns.Git;
using Xunit;

namespace Capstan.Cli.Tests.LocalRuns;

public sealed class WatchedRunsTests : IDisposable
{
    private const string CtrlC = "\u0003";

    private readonly SampleRepository repository = new();

    public WatchedRunsTests() => repository.Write(".gitignore", "ignored\n").Write("word", "first");

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task A_change_of_a_file_that_git_does_not_ignore_runs_again_until_ctrl_c()
    {
        repository.Workflow("a.yml", "on: push\njobs: { x: { runs-on: ubuntu-latest, steps: [ { uses: actions/checkout@v4 }, { run: 'echo \"::error::$(cat word)\"; exit 3' } ] } }").Commit();

        var (exit, shown) = await PseudoTerminal.RunAsync(
            repository.Root,
            "run --watch",
            ("Waiting for changes", () => Change("second")),
            ("Waiting for changes", () => CtrlC));

        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("error first\n", shown, StringComparison.Ordinal);
        Assert.Contains("↻ changed: word\n", shown, StringComparison.Ordinal);
        Assert.Contains("error second\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_while_a_run_goes_on_cancels_it_and_begins_anew()
    {
        repository.Workflow("a.yml", "on: push\njobs: { x: { runs-on: ubuntu-latest, steps: [ { uses: actions/checkout@v4 }, { run: 'echo \"now $(cat word)\"; grep first word && exec sleep 1000; true' } ] } }").Commit();

        var (exit, shown) = await PseudoTerminal.RunAsync(
            repository.Root,
            "run --watch",
            ("now first", () => Change("second")),
            ("Waiting for changes", () => CtrlC));

        Assert.Equal(ExitCodes.Interrupted, exit);
        Assert.Contains("was cancelled", shown, StringComparison.Ordinal);
        Assert.Contains(" succeeded in ", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_that_come_together_are_one_and_what_git_ignores_is_none()
    {
        repository.Commit();
        using var changes = new TreeChanges(GitFolder.Find(repository.Root)!, TimeProvider.System);
        var next = changes.NextAsync(TestContext.Current.CancellationToken);
        repository.Write("ignored", "x").Write(".git/some", "x").Write("b", "x").Write("a", "x");

        Assert.Equal(["a", "b"], await next);
    }

    [Theory]
    [InlineData("--in-place", "what a run changes in the working tree would start the next one")]
    [InlineData("--dry-run", "runs none")]
    public void What_cannot_be_watched_is_refused(string option, string why) =>
        Assert.Contains(why, Assert.Throws<CommandException>(() => RunOptions.Parse(["--watch", option])).Message, StringComparison.Ordinal);

    /// <summary>Also changes what counts for nobody.</summary>
    /// <returns>Nothing to be typed.</returns>
    private string Change(string word)
    {
        repository.Write("ignored", word).Write("word", word);
        return "";
    }
}
