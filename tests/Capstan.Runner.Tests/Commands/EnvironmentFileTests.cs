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
    [InlineData("GITHUB_OUTPUT=/tmp/x", "GITHUB_OUTPUT")]
    [InlineData("GITHUB_ACTION_PATH=/", "GITHUB_ACTION_PATH")]
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

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-system-path</summary>
    [Fact]
    public async Task A_folder_for_the_PATH_goes_before_all_others_from_the_next_step_on_and_one_named_again_moves_to_the_front()
    {
        await job.RunStepsAsync(
            """
            - run: |
                printf '/one\r\n\n/two\n' >> $GITHUB_PATH; echo "$PATH" | cut -d ':' -f1-2
            - run: |
                echo "$PATH" | cut -d ':' -f1-2; echo /three >> $GITHUB_PATH; echo /one >> $GITHUB_PATH
            - run: echo "$PATH" | cut -d ':' -f1-3
            - env: { PATH: "/own:/usr/bin:/bin" }
              run: echo "$PATH" | cut -d ':' -f1-4
            """);

        Assert.DoesNotContain("/two", job.LogOf(1).Split('\n')[^1], StringComparison.Ordinal);
        Assert.EndsWith("\n/two:/one", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\n/one:/three:/two", job.LogOf(3), StringComparison.Ordinal);
        Assert.EndsWith("\n/one:/three:/two:/own", job.LogOf(4), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("printf 'A=1\\r\\nB=2\\r\\n'", "<1> <2>")]
    [InlineData("printf '\\357\\273\\277A=1\\nB=2'", "<1> <2>")]
    [InlineData("printf 'A<<X\\nEOF\\n A<<X\\nX\\nB=2\\n'", "<EOF\n A<<X> <2>")]
    [InlineData("printf 'A=1\\n\\n\\nB= 2 \\n'", "<1> < 2 >")]
    [InlineData("printf 'A=1\\nA=2\\nB=x=y<<z'", "<2> <x=y<<z>")]
    [InlineData("printf 'A<<E O F\\nv\\nE O F\\nB='", "<v> <>")]
    [InlineData("printf 'A=caf\\303\\251\\nB=2'", "<café> <2>")]
    public async Task Variables_are_taken_from_every_form_that_is_documented(string script, string seen)
    {
        var result = await job.RunStepsAsync($"- run: |\n    {script} >> $GITHUB_ENV\n- run: echo \"<$A> <$B>\"");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("##[endgroup]\n" + seen, job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GITHUB_ENV", "A=kept\\nno name\\nB=lost", "Invalid format 'no name'")]
    [InlineData("GITHUB_OUTPUT", "=value", "Name must not be empty")]
    [InlineData("GITHUB_STATE", "A<<", "delimiter must not be empty")]
    public async Task A_line_that_cannot_be_understood_fails_the_step_and_nothing_of_its_file_counts(string file, string text, string message)
    {
        var result = await job.RunStepsAsync($"- run: |\n    printf '{text}' >> ${file}; echo from=other >> $GITHUB_OUTPUT || true\n  id: a\n- if: always()\n  run: echo \"<$A> <$B>\"");

        Assert.Equal(Conclusion.Failure, result.Steps[0].Conclusion);
        Assert.Contains($"##[error]Unable to process file command '{file}' successfully.", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains(result.Annotations, a => a.Message.Contains(message, StringComparison.Ordinal));
        Assert.EndsWith("\n<> <>", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_in_a_line_that_cannot_be_understood_is_masked()
    {
        job.Secrets["S"] = "do-not-show";

        await job.RunStepsAsync("- env: { S: '${{ secrets.S }}' }\n  run: echo \"$S\" >> $GITHUB_ENV");

        Assert.DoesNotContain("do-not-show", job.Log + string.Join('|', job.Annotations), StringComparison.Ordinal);
    }

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs</summary>
    [Fact]
    public async Task Outputs_over_a_megabyte_fail_the_job_and_say_so()
    {
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                outputs: { a: "${{ steps.s.outputs.a }}", b: "${{ steps.s.outputs.a }}" }
                steps:
                  - id: s
                    run: (echo -n a=; head -c 600000 /dev/zero | tr '\0' y) >> $GITHUB_OUTPUT
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal("The outputs of a job may have 1024k together; this job has 1171k.", result.Reason);
        Assert.Contains(result.Annotations, a => a.Message == result.Reason);
        Assert.Empty(result.Outputs);
    }

    [Fact]
    public async Task The_files_of_a_step_are_fresh_and_gone_after_it()
    {
        await job.RunStepsAsync("- run: echo A=1 >> $GITHUB_ENV; echo \"was $GITHUB_ENV\"; (sleep 0.3; echo A=late >> $GITHUB_ENV) > /dev/null 2>&1 &\n- run: test ! -s $GITHUB_ENV && sleep 0.5\n- run: echo \"<$A>\"");

        Assert.EndsWith("\n<1>", job.LogOf(3), StringComparison.Ordinal);
    }
}
