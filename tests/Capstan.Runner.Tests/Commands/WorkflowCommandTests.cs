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
        await job.RunScriptAsync("echo '::error file=a.c,line=3,endLine=3,col=5,endColumn=6,title=Bad%2C very::one%0Atwo'", "echo '  ::warning::w'", "echo '::notice::n'");

        var error = job.Annotations[0];
        Assert.Equal(("failure", "one\ntwo", "Bad, very", "a.c"), (error.Level, error.Message, error.Title, error.File));
        Assert.Equal((3, 3, 5, 6), (error.Line, error.EndLine, error.Column, error.EndColumn));
        Assert.Equal(["failure", "warning", "notice"], job.Annotations.Select(a => a.Level));
        Assert.Equal([1, 2, 3], job.Annotations.Select(a => a.Number));
        Assert.Contains("\n##[error]one\ntwo\n##[warning]w\n##[notice]n", job.LogOf(1), StringComparison.Ordinal);
    }

    /// <summary>Source: https://docs.github.com/en/rest/checks/runs#create-a-check-run (start_column and end_column of annotations).</summary>
    [Theory]
    [InlineData("line=3,endLine=4,col=5", 3, 4, null, null)]
    [InlineData("endLine=4", 4, 4, null, null)]
    [InlineData("line=3,endColumn=6", 3, null, 6, 6)]
    [InlineData("col=5,endColumn=6", null, null, null, null)]
    [InlineData("line=4,endLine=3", null, null, null, null)]
    [InlineData("line=3,col=6,endColumn=5", 3, null, null, null)]
    [InlineData("line=x,col=y", null, null, null, null)]
    public async Task A_place_that_cannot_be_shown_is_left_out(string properties, int? line, int? endLine, int? column, int? endColumn)
    {
        await job.RunScriptAsync($"echo '::error file=a.c,{properties}::x'");

        var error = Assert.Single(job.Annotations);
        Assert.Equal((line, endLine, column, endColumn), (error.Line, error.EndLine, error.Column, error.EndColumn));
    }

    [Fact]
    public async Task A_file_of_the_workspace_is_named_as_in_the_repository()
    {
        await job.RunScriptAsync("echo \"::error file=$PWD/src/a.c::x\"", "echo '::error file=/usr/a.c::x'");

        Assert.Equal(["src/a.c", "/usr/a.c"], job.Annotations.Select(a => a.File));
    }

    /// <summary>Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations</summary>
    [Fact]
    public async Task A_step_has_at_most_ten_annotations_of_a_level_and_says_how_many_more_there_were()
    {
        await job.RunStepsAsync("- run: for i in $(seq 15); do echo \"::warning::$i\"; done; echo '::error::e'\n- run: echo '::warning::next step'");

        Assert.Equal(11, job.Annotations.Count(a => a.Step == 1));
        Assert.Equal(1, job.Annotations.Count(a => a.Step == 2));
        Assert.Contains("##[warning]15", job.Log, StringComparison.Ordinal);
        Assert.EndsWith("\n5 more of this step's errors, warnings and notices are in its log only: a step has at most 10 annotations of a kind, a job 50.", job.LogOf(1), StringComparison.Ordinal);
        Assert.DoesNotContain("in its log only", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_has_at_most_fifty_annotations()
    {
        var steps = Enumerable.Range(0, 6).Select(_ => "- run: for i in $(seq 10); do echo \"::notice::$i\"; done");
        var result = await job.RunStepsAsync(string.Join('\n', steps));

        Assert.Equal(50, result.Annotations.Count);
        Assert.Contains("\n10 more of this step's", job.LogOf(6), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_steps_of_an_action_have_the_limits_of_the_step_that_uses_it()
    {
        job.Write("act/action.yml", "runs:\n  using: composite\n  steps:\n    - run: for i in $(seq 8); do echo \"::notice::$i\"; done\n      shell: bash\n    - run: for i in $(seq 8); do echo \"::notice::$i\"; done\n      shell: bash\n");
        await job.RunStepsAsync("- uses: ./act");

        Assert.Equal(10, job.Annotations.Count);
        Assert.EndsWith("\n6 more of this step's errors, warnings and notices are in its log only: a step has at most 10 annotations of a kind, a job 50.", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mask_counts_from_the_next_line_on_and_is_not_shown_itself()
    {
        await job.RunScriptAsync("echo \"::add-mask::$(printf 'sec%s' ret)\"", "echo is-sec'ret'", "printf 'sec'; sleep 0.05; printf 'ret\\n'");

        Assert.EndsWith("\nis-***\n***", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_commands_are_ordinary_lines_until_the_token_comes()
    {
        await job.RunScriptAsync("echo '::stop-commands::tok'", "echo '::warning::not one'", "echo '::tok::'", "echo '::warning::one'");

        Assert.Equal("one", Assert.Single(job.Annotations).Message);
        Assert.Contains("\n::warning::not one\n", job.LogOf(1), StringComparison.Ordinal);
    }

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands</summary>
    [Theory]
    [InlineData("::stop-commands::")]
    [InlineData("::stop-commands::pause-logging")]
    [InlineData("::stop-commands::Warning")]
    [InlineData("::stop-commands::stop-commands")]
    public async Task A_token_that_other_output_may_hold_is_refused_unless_that_is_switched_on(string command)
    {
        var refused = await job.RunScriptAsync($"echo '{command}'", "echo '::notice::still a command'");
        Assert.Equal(Conclusion.Failure, refused.Conclusion);
        Assert.Contains("make one at random", job.Annotations[0].Message, StringComparison.Ordinal);
        Assert.Equal("notice", job.Annotations[1].Level);

        using var allowed = new JobHarness();
        var result = await allowed.RunStepsAsync($"- env: {{ ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS: 'true' }}\n  run: echo '{command}'; echo '::notice::no command'");
        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Empty(allowed.Annotations);
    }

    [Fact]
    public async Task A_token_ends_the_stop_in_either_form_and_case_and_the_stop_ends_with_the_program()
    {
        await job.RunStepsAsync(
            """
            - run: |
                echo '::stop-commands::MyToken'; echo '::notice::no'; echo '::stop-commands::other'; echo '##[mytoken]'; echo '::notice::one'
                echo '::stop-commands::again'; echo '::notice::no'
            - run: echo '::notice::two'
            """);

        Assert.Equal(["one", "two"], job.Annotations.Select(a => a.Message));
        Assert.Contains("\n::stop-commands::MyToken\n::notice::no\n::stop-commands::other\n##[mytoken]\n##[notice]one", job.LogOf(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("::group::A title%0Aand more", "##[group]A title\nand more")]
    [InlineData("##[group]A title", "##[group]A title")]
    [InlineData("::endgroup::", "##[endgroup]")]
    [InlineData("::NOTICE::x", "##[notice]x")]
    [InlineData("##[warning file=a.c;line=3]a%3Bb%5D%25", "##[warning]a;b]%")]
    [InlineData("text ##[error]x", "##[error]x")]
    [InlineData("::error file=a%2Cb%3Ac,line=1::50%25%0D%0Adone", "##[error]50%\ndone")]
    [InlineData("::internal-set-repo-path repoFullName=a/b,workspaceRepo=true::/x", "::internal-set-repo-path repoFullName=a/b,workspaceRepo=true::/x")]
    public async Task Commands_are_known_in_both_forms_with_their_escapes(string line, string shown)
    {
        await job.RunScriptAsync($"echo '{line}'");

        Assert.EndsWith("##[endgroup]\n" + shown, job.LogOf(1), StringComparison.Ordinal);
    }

    /// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#echoing-command-outputs</summary>
    [Fact]
    public async Task Echo_shows_the_commands_that_say_nothing_by_themselves_and_no_mask()
    {
        await job.RunScriptAsync("echo '::echo::on'", "echo '::warning::w'", "echo '::add-mask::the-secret'", "echo '::group::g'", "echo '::debug::d'", "echo '::echo::maybe'");

        Assert.Contains("##[endgroup]\n##[warning]w\n::add-mask::***\n::group::g\n##[group]g\n::echo::maybe\n##[error]Unable to process", job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("'on', 'off'", job.Annotations[^1].Message, StringComparison.Ordinal);
        Assert.Equal(Conclusion.Failure, job.Reports[^1].Conclusion);
    }

    /// <summary>Source: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/</summary>
    [Fact]
    public async Task A_deprecated_command_is_a_warning_once_a_step()
    {
        await job.RunStepsAsync("- run: for i in 1 2 3; do echo '::set-output name=a::b'; echo '::save-state name=a::b'; done\n- run: echo '::set-output name=a::b'");

        Assert.Equal([(1, "set-output"), (1, "save-state"), (2, "set-output")], job.Annotations.Select(a => (a.Step, a.Message.Split('`')[1])));
        Assert.All(job.Annotations, a => Assert.Equal("warning", a.Level));
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
                echo '::echo::off'
                echo '::set-output name=z::3'
            - run: echo "<${{ steps.a.outputs.x }}> <${{ steps.a.outputs.y }}>"
            """);

        Assert.EndsWith("\n<50%\ndone> <2>", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\n::set-output name=y::2\n::echo::off", job.LogOf(1), StringComparison.Ordinal);
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
        await job.RunScriptAsync("echo '::no-such::x'", "echo 'a ::error::x'", "echo '##[section]x'", "echo '::'", "echo '##[error'");

        Assert.Empty(job.Annotations);
        Assert.EndsWith("\n::no-such::x\na ::error::x\n##[section]x\n::\n##[error", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_lines_are_shown_only_when_asked_for()
    {
        await job.RunScriptAsync("echo '::debug::quiet'");
        Assert.DoesNotContain("##[debug]quiet", job.Log, StringComparison.Ordinal);

        using var loud = new JobHarness();
        loud.Secrets["ACTIONS_STEP_DEBUG"] = "true";
        await loud.RunStepsAsync("- run: echo '::debug::said'; echo \"$RUNNER_DEBUG\"");
        Assert.Contains("##[debug]said\n1", loud.Log, StringComparison.Ordinal);
    }
}
