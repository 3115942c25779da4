using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files</summary>
public sealed class EnvironmentFileTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Theory]
    [InlineData("NODE_OPTIONS=--require x", "NODE_OPTIONS")]
    [InlineData("GITHUB_SHA=x", "GITHUB_SHA")]
    [InlineData("RUNNER_OS=x", "RUNNER_OS")]
    public async Task A_protected_variable_is_refused_with_an_error(string line, string name)
    {
        await job.RunStepsAsync($"- run: echo '{line}' >> $GITHUB_ENV; echo GOOD=1 >> $GITHUB_ENV\n- run: echo \"<$NODE_OPTIONS> $GOOD\"");

        Assert.Contains(job.Annotations, a => a.Level == "failure" && a.Message.Contains(name, StringComparison.Ordinal));
        Assert.EndsWith("\n<> 1", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_only_looks_like_a_default_one_is_anybodys()
    {
        await job.RunStepsAsync("- run: echo GITHUB_PAT=a >> $GITHUB_ENV; echo RUNNER_COUNT=2 >> $GITHUB_ENV\n- run: echo \"$GITHUB_PAT $RUNNER_COUNT\"");

        Assert.Empty(job.Annotations);
        Assert.EndsWith("\na 2", job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo nonsense >> $GITHUB_OUTPUT", "Invalid format 'nonsense'")]
    [InlineData("printf 'A<<EOF\\nx\\n' >> $GITHUB_ENV", "Matching delimiter not found 'EOF'")]
    [InlineData("head -c 20000000 /dev/zero >> $GITHUB_OUTPUT", "the limit is 16384k")]
    [InlineData("(echo 'x<<E'; head -c 1100000 /dev/zero | tr '\\0' y; echo; echo E) >> $GITHUB_OUTPUT", "may have 1024k together")]
    public async Task A_command_file_that_cannot_be_taken_fails_the_step(string script, string message)
    {
        var result = await job.RunStepsAsync($"- run: {script.Replace("'", "''", StringComparison.Ordinal)}".Replace("- run: ", "- run: '", StringComparison.Ordinal) + "'");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ln -sf /dev/zero $GITHUB_OUTPUT", Conclusion.Failure)]
    [InlineData("rm $GITHUB_OUTPUT; mkfifo $GITHUB_OUTPUT", Conclusion.Success)]
    [InlineData("mkfifo pipe; ln -sf $PWD/pipe $GITHUB_ENV", Conclusion.Success)]
    [InlineData("mkdir -p act; ln -sf /dev/zero act/action.yml", Conclusion.Success)]
    [InlineData("mkdir -p act; mkfifo act/action.yml", Conclusion.Success)]
    public async Task What_a_step_puts_in_the_place_of_a_file_neither_holds_nor_fills_the_runner(string script, Conclusion first)
    {
        var result = await job.RunStepsAsync($"- run: {script}\n- if: always()\n  uses: ./act\n- if: always()\n  run: 'echo \"hash <${{{{ hashFiles(''pipe'') }}}}>\"'")
            .WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal([first, Conclusion.Failure, Conclusion.Success], result.Steps.Select(s => s.Conclusion!.Value));
    }

    [Fact]
    public async Task A_summary_over_its_limit_is_left_out_and_the_step_still_succeeds()
    {
        var result = await job.RunStepsAsync("- run: head -c 1100000 /dev/zero | tr '\\0' y > $GITHUB_STEP_SUMMARY");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Empty(job.Summaries);
        Assert.Contains("upload aborted, supports content up to a size of 1024k", job.Log, StringComparison.Ordinal);
    }
}
