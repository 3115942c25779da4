using Capstan.Contracts;
using Capstan.Runner.Commands;
using Capstan.Runner.Processes;
using Capstan.Runner.Tests.Jobs;
using Capstan.Testing;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

/// <summary>A job's temporary folder is left to the next one when nothing of the job can be in it. A process of another test would be nobody's, so none may run beside.</summary>
[CollectionDefinition(nameof(SpareFoldersTests), DisableParallelization = true)]
[Collection(nameof(SpareFoldersTests))]
public sealed class SpareFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<JobHarness> jobs = [];
    private readonly SpareFolders spares;

    public SpareFoldersTests() => spares = new SpareFolders(folder["spares"]);

    public void Dispose()
    {
        foreach (var job in jobs) job.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task The_next_job_works_in_the_folder_of_the_last()
    {
        await RunAsync("- run: echo");
        var kept = Assert.Single(Kept());
        var files = InodesIn(kept);

        var next = await RunAsync("- run: find \"$RUNNER_TEMP\" -type f -printf '%i\\n'");

        Assert.Equal(files, [.. next.Log.Split('\n').Where(line => ulong.TryParse(line, out _)).Order(StringComparer.Ordinal)]);
        Assert.Single(Kept());
    }

    [Fact]
    public async Task The_next_job_finds_nothing_of_what_the_last_wrote()
    {
        await RunAsync(
            """
            - run: |
                : a script with a secret word: hunter2
                echo A=hunter2 | tee -a $GITHUB_OUTPUT $GITHUB_ENV $GITHUB_STATE $GITHUB_STEP_SUMMARY
                echo /hunter2 >> $GITHUB_PATH
                mkdir -p $RUNNER_TEMP/left/behind && echo hunter2 | tee $RUNNER_TEMP/left/behind/file $RUNNER_TEMP/.hidden $(dirname $GITHUB_OUTPUT)/other $(dirname $GITHUB_EVENT_PATH)/other
                ln -s /etc $RUNNER_TEMP/link
            - run: ': and another hunter2'
            """,
            """{"github":{"repository":"acme/app","event":{"word":"hunter2","long":"a payload that is longer than the next one's"}}}""");
        var kept = Assert.Single(Kept());

        Assert.DoesNotContain(Directory.GetFiles(kept, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal(["_github_workflow", "_runner_file_commands"], Directory.GetDirectories(kept, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(9, Directory.GetFiles(kept, "*", SearchOption.AllDirectories).Length);

        var next = await RunAsync("- run: cat $GITHUB_EVENT_PATH $GITHUB_OUTPUT $GITHUB_ENV $GITHUB_STATE $GITHUB_STEP_SUMMARY $GITHUB_PATH; echo \"<$A>\"");
        Assert.Contains("\n{\n  \"a\": 1\n}<>", next.Log, StringComparison.Ordinal);
        Assert.True(Directory.Exists("/etc"));
    }

    [Theory]
    [InlineData("rm -rf $RUNNER_TEMP")]
    [InlineData("rm $GITHUB_OUTPUT")]
    [InlineData("ln $GITHUB_OUTPUT $GITHUB_WORKSPACE/second-name")]
    [InlineData("ln $GITHUB_EVENT_PATH $GITHUB_WORKSPACE/second-name")]
    [InlineData("ln -sf $GITHUB_WORKSPACE/precious $GITHUB_ENV")]
    [InlineData("ln -sf $GITHUB_WORKSPACE/precious $GITHUB_EVENT_PATH")]
    [InlineData("rm $GITHUB_PATH; mkfifo $GITHUB_PATH")]
    [InlineData("rm $GITHUB_EVENT_PATH; mkdir $GITHUB_EVENT_PATH")]
    [InlineData("mv $RUNNER_TEMP/_github_workflow $GITHUB_WORKSPACE/moved; ln -s $GITHUB_WORKSPACE/moved $RUNNER_TEMP/_github_workflow")]
    [InlineData("mv $RUNNER_TEMP $GITHUB_WORKSPACE/moved; ln -s $GITHUB_WORKSPACE/moved $RUNNER_TEMP")]
    [InlineData("chmod 666 $GITHUB_OUTPUT")]
    [InlineData("chmod 777 $RUNNER_TEMP")]
    [InlineData("chmod +t $(dirname $GITHUB_OUTPUT)")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' x > $GITHUB_EVENT_PATH")]
    [InlineData("chmod 000 $GITHUB_ENV")]
    public async Task A_folder_that_is_not_as_it_was_made_is_removed(string script)
    {
        var job = await RunAsync("- run: echo a=kept > precious\n- run: " + "'" + script.Replace("'", "''", StringComparison.Ordinal) + "'");

        Assert.Empty(Kept());
        Assert.False(Path.Exists(job.Settings.Temp));
        Assert.Equal("a=kept\n", await File.ReadAllTextAsync(Path.Combine(job.Workspace, "precious"), TestContext.Current.CancellationToken));
    }

    /// <summary>A job in another slot is of the same user.</summary>
    [Theory]
    [InlineData("echo PLANTED=1 | tee {0}/_runner_file_commands/*")]
    [InlineData("touch {0}/left {0}/_github_workflow/left")]
    [InlineData("rm {0}/_runner_file_commands/artifacts_list_*; mkfifo {0}/_runner_file_commands/artifacts_list_1")]
    [InlineData("chmod 777 {0}/_runner_file_commands")]
    [InlineData("rm -rf {0}")]
    public async Task What_is_done_to_a_folder_while_it_is_kept_reaches_nobody(string script)
    {
        await RunAsync("- run: echo");
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", script.Replace("{0}", Assert.Single(Kept()), StringComparison.Ordinal)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        var next = await RunAsync("- run: echo\n- run: echo \"<$PLANTED>\"; find $RUNNER_TEMP -name left; find $RUNNER_TEMP -perm 777");
        Assert.EndsWith("\n<>", next.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_no_UTF8_does_not_reach_the_next_job()
    {
        var job = await RunAsync("- run: touch \"$RUNNER_TEMP/\"$'\\xff'");

        Assert.Empty(Kept());
        Assert.False(Path.Exists(job.Settings.Temp));
    }

    [Fact]
    public async Task While_a_process_of_nobody_lives_its_files_are_given_to_nobody()
    {
        var job = await RunAsync("- run: env -i setsid sh -c 'sleep 600 & echo $!' < /dev/null 2> /dev/null");
        var process = int.Parse(job.Log.Split('\n').First(line => int.TryParse(line, out _)), System.Globalization.CultureInfo.InvariantCulture);

        Assert.Empty(Kept());
        System.Diagnostics.Process.GetProcessById(process).Kill();
        // Until it is reaped it is nobody's for the next test, too.
        Assert.True(SpinWait.SpinUntil(AreReaped, TimeSpan.FromSeconds(10)));

        static bool AreReaped()
        {
            JobProcesses.ReapOrphans();
            return JobProcesses.HaveAllGone();
        }
    }

    [Fact]
    public async Task Two_jobs_at_once_have_a_folder_each()
    {
        await Task.WhenAll(RunAsync("- run: echo"), RunAsync("- run: echo"));
        var ends = await Task.WhenAll(RunAsync("- run: echo A=1 >> $GITHUB_ENV\n- run: echo \"<$A>\""), RunAsync("- run: echo A=2 >> $GITHUB_ENV\n- run: echo \"<$A>\""));

        Assert.EndsWith("<1>", ends[0].LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("<2>", ends[1].LogOf(2), StringComparison.Ordinal);
    }

    private string[] Kept() => Directory.Exists(folder["spares"]) ? Directory.GetDirectories(folder["spares"]) : [];

    private static List<string> InodesIn(string folder)
    {
        using var find = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("find", [folder, "-type", "f", "-printf", "%i\n"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var inodes = find.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).ToList();
        find.WaitForExit();
        return inodes;
    }

    private async Task<JobHarness> RunAsync(string steps, string? contexts = null)
    {
        var job = new JobHarness();
        lock (jobs) jobs.Add(job);
        job.Contexts = contexts ?? job.Contexts;
        job.Settings = job.Settings with { Spares = spares };
        var result = await job.RunStepsAsync(steps, TestContext.Current.CancellationToken);
        Assert.Equal(Conclusion.Success, result.Conclusion);
        return job;
    }
}
