using Capstan.Contracts;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>A job may put what it likes in the place of the files that the next step is given: the runner neither waits for it nor writes through it.</summary>
public sealed class BlockedFilesTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    public static MatrixTheoryData<string, string, bool> Blocks { get; } =
        new(["mkfifo", "mkdir", "ln -s $GITHUB_WORKSPACE/precious", "ln -s nowhere"], ["step_2.sh", "_runner_file_commands/set_env_2"], [false, true]);

    /// <summary>With a process left the next step's files are made anew, without one the last step's are moved there.</summary>
    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task The_next_step_gets_its_files_all_the_same(string put, string file, bool processIsLeft)
    {
        job.Write("precious", "kept");
        var result = await job.RunStepsAsync(
            $$"""
            - run: |
                {{(processIsLeft ? "sleep 1000 > /dev/null 2>&1 &" : "")}}
                {{put}} $RUNNER_TEMP/{{file}}
            - run: echo A=1 >> $GITHUB_ENV
            - run: echo "<$A>"
            """,
            TestContext.Current.CancellationToken);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\n<1>", job.LogOf(3), StringComparison.Ordinal);
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(job.Workspace, "precious"), TestContext.Current.CancellationToken));
    }
}
