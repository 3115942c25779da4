using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Commands;

public sealed class WorkflowCommandTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task Annotations_carry_their_place_and_are_shown_in_the_log()
    {
        await RunAsync("echo '::error file=a.c,line=3,endLine=4,col=5,endColumn=6,title=Bad%2C very::one%0Atwo'", "echo '  ::warning::w'", "echo '::notice::n'");

        var error = job.Annotations[0];
        Assert.Equal(("failure", "one\ntwo", "Bad, very", "a.c"), (error.Level, error.Message, error.Title, error.File));
        Assert.Equal((3, 4, 5, 6), (error.Line, error.EndLine, error.Column, error.EndColumn));
        Assert.Equal(["failure", "warning", "notice"], job.Annotations.Select(a => a.Level));
        Assert.Equal([1, 2, 3], job.Annotations.Select(a => a.Number));
        Assert.Contains("\n##[error]one\ntwo\n##[warning]w\n##[notice]n", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_has_at_most_ten_annotations_of_a_level()
    {
        await job.RunStepsAsync("- run: for i in $(seq 15); do echo \"::warning::$i\"; done; echo '::error::e'\n- run: echo '::warning::next step'");

        Assert.Equal(11, job.Annotations.Count(a => a.Step == 1));
        Assert.Equal(1, job.Annotations.Count(a => a.Step == 2));
        Assert.Contains("##[warning]15", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mask_counts_from_the_next_line_on_and_is_not_shown_itself()
    {
        await RunAsync("echo \"::add-mask::$(printf 'sec%s' ret)\"", "echo is-sec'ret'", "printf 'sec'; sleep 0.05; printf 'ret\\n'");

        Assert.EndsWith("\nis-***\n***", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_commands_are_ordinary_lines_until_the_token_comes()
    {
        await RunAsync("echo '::stop-commands::tok'", "echo '::warning::not one'", "echo '::tok::'", "echo '::warning::one'");

        Assert.Equal("one", Assert.Single(job.Annotations).Message);
        Assert.Contains("\n::warning::not one\n", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_set_output_still_works_and_echo_shows_commands()
    {
        await job.RunStepsAsync(
            """
            - id: a
              run: |
                echo '::set-output name=x::50%25%0Adone'
                echo '::echo::on'
                echo '::set-output name=y::2'
            - run: echo "<${{ steps.a.outputs.x }}> <${{ steps.a.outputs.y }}>"
            """);

        Assert.EndsWith("\n<50%\ndone> <2>", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\n::echo::on\n::set-output name=y::2", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_unsecure_commands_fail_the_step_unless_they_are_switched_on()
    {
        var refused = await job.RunStepsAsync("- run: echo '::set-env name=A::b'");
        Assert.Equal(Conclusion.Failure, refused.Conclusion);
        Assert.Contains("The `set-env` command is disabled.", job.Log, StringComparison.Ordinal);

        using var allowed = new JobHarness();
        var result = await allowed.RunStepsAsync(
            """
            - env: { ACTIONS_ALLOW_UNSECURE_COMMANDS: "true" }
              run: echo '::set-env name=A::b'; echo '::add-path::/zip'
            - run: echo "$A ${PATH%%:*}"
            """);
        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nb /zip", allowed.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_commands_and_command_like_text_are_ordinary_lines()
    {
        await RunAsync("echo '::no-such::x'", "echo 'a ::error::x'", "echo '##[section]x'", "echo '::'", "echo '##[error'");

        Assert.Empty(job.Annotations);
        Assert.EndsWith("\n::no-such::x\na ::error::x\n##[section]x\n::\n##[error", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_lines_are_shown_only_when_asked_for()
    {
        await RunAsync("echo '::debug::quiet'");
        Assert.DoesNotContain("##[debug]quiet", job.Log, StringComparison.Ordinal);

        using var loud = new JobHarness();
        loud.Secrets["ACTIONS_STEP_DEBUG"] = "true";
        await loud.RunStepsAsync("- run: echo '::debug::said'; echo \"$RUNNER_DEBUG\"");
        Assert.Contains("##[debug]said\n1", loud.Log, StringComparison.Ordinal);
    }

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

    private Task RunAsync(params string[] lines) => job.RunStepsAsync("- run: |\n" + string.Join('\n', lines.Select(line => "    " + line)));
}
