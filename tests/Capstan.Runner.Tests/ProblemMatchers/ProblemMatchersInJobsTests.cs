using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.ProblemMatchers;

/// <summary>Source: https://github.com/actions/toolkit/blob/main/docs/commands.md#problem-matchers</summary>
public sealed class ProblemMatchersInJobsTests : IDisposable
{
    private const string Gcc =
        """{ "problemMatcher": [{ "owner": "gcc", "pattern": [{ "regexp": "^(.+?):(\\d+):(\\d+): (\\w+): (.+)$", "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5 }] }] }""";

    private readonly JobHarness job = new();

    public ProblemMatchersInJobsTests()
    {
        job.Write("gcc.json", Gcc);
        job.Write("src/a.c", "int x;");
    }

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task A_problem_in_the_output_becomes_an_annotation_until_the_matcher_is_removed()
    {
        await job.RunStepsAsync(
            """
            - run: |
                echo 'src/a.c:1:2: error: before'; echo '::add-matcher::gcc.json'; printf '\033[1msrc/a.c:3:4: \033[31mwarning:\033[0m old style\n'
            - run: |
                echo 'src/a.c:5:6: error: next step'; echo '::remove-matcher owner=GCC::'; echo 'src/a.c:7:8: error: after'
            """);

        Assert.Equal(
            [(1, "warning", "old style", "src/a.c", 3, 4), (2, "failure", "next step", "src/a.c", 5, 6)],
            job.Annotations.Select(a => (a.Step, a.Level, a.Message, a.File!, a.Line!.Value, a.Column!.Value)));
        Assert.EndsWith("\nsrc/a.c:1:2: error: before\n##[warning]src/a.c:3:4: warning: old style", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\n##[error]src/a.c:5:6: error: next step\nsrc/a.c:7:8: error: after", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal(Conclusion.Success, job.Reports[^1].Conclusion);
    }

    [Fact]
    public async Task The_older_commands_and_removal_by_file_do_the_same()
    {
        await job.RunStepsAsync(
            """
            - run: |
                echo '##[add-matcher]gcc.json'; echo 'src/a.c:1:1: error: one'
                echo '##[remove-matcher]gcc.json'; echo 'src/a.c:1:1: error: two'
                echo "##[add-matcher]$PWD/gcc.json"; echo 'src/a.c:1:1: error: three'
                echo '##[remove-matcher owner=gcc]'; echo 'src/a.c:1:1: error: four'
            """);

        Assert.Equal(["one", "three"], job.Annotations.Select(a => a.Message));
    }

    [Theory]
    [InlineData("src/a.c", null, "src/a.c")]
    [InlineData("./src/../src/a.c", null, "src/a.c")]
    [InlineData("{workspace}/src/a.c", null, "src/a.c")]
    [InlineData("a.c", "src/app.proj", "src/a.c")]
    [InlineData("a.c", "{workspace}/src/app.proj", "src/a.c")]
    [InlineData("src/missing.c", null, null)]
    [InlineData("/etc/passwd", null, null)]
    [InlineData("../outside.c", null, null)]
    [InlineData("other/b.c", null, null)]
    [InlineData("own/c.c", null, "c.c")]
    public async Task The_file_of_a_problem_is_relative_to_the_repository_or_left_out(string file, string? fromPath, string? expected)
    {
        job.Write("../outside.c", "");
        job.Write("other/.git/config", "[remote \"origin\"]\n\turl = https://example.org/acme/other.git\n");
        job.Write("other/b.c", "");
        job.Write("own/.git/config", "[remote \"origin\"]\n\turl = https://example.org/ACME/app\n");
        job.Write("own/c.c", "");
        job.Write("m.json", """{ "problemMatcher": [{ "owner": "m", "pattern": [{ "regexp": "^P (\\S+) (\\S*)$", "file": 1, "fromPath": 2, "message": 0 }] }] }""");

        await job.RunStepsAsync($"- run: echo '::add-matcher::m.json'; echo 'P {file} {fromPath}'".Replace("{workspace}", job.Workspace, StringComparison.Ordinal));

        Assert.Equal(expected, Assert.Single(job.Annotations).File);
    }

    [Fact]
    public async Task A_line_whose_severity_does_not_exist_or_whose_message_is_blank_is_an_ordinary_one()
    {
        await job.RunScriptAsync("echo '::add-matcher::gcc.json'", "echo 'src/a.c:1:2: fatal: x'", "echo 'src/a.c:1:2: error:  '");

        Assert.Empty(job.Annotations);
        Assert.EndsWith("\nsrc/a.c:1:2: fatal: x\nsrc/a.c:1:2: error:  ", job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("::add-matcher::missing.json", "No such file or directory")]
    [InlineData("::add-matcher::bad.json", "'bad.json' is no file of problem matchers: Owner must not be empty")]
    public async Task A_file_of_matchers_that_cannot_be_used_fails_the_step_with_the_reason(string command, string message)
    {
        job.Write("bad.json", """{ "problemMatcher": [{}] }""");

        var result = await job.RunStepsAsync($"- run: echo '{command}'");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(job.Annotations, a => a.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("::add-matcher::")]
    [InlineData("::remove-matcher::")]
    [InlineData("::remove-matcher owner=x::gcc.json")]
    public async Task A_matcher_command_without_its_one_argument_is_a_warning(string command)
    {
        var result = await job.RunStepsAsync($"- run: echo '{command}'");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal("warning", Assert.Single(job.Annotations).Level);
    }

    [Fact]
    public async Task A_secret_in_a_problem_is_masked_in_log_and_annotation()
    {
        job.Secrets["S"] = "hush-hush";

        await job.RunStepsAsync("- env: { S: '${{ secrets.S }}' }\n  run: |\n    echo '::add-matcher::gcc.json'; echo \"src/a.c:1:2: error: $S\"");

        Assert.Equal("***", Assert.Single(job.Annotations).Message);
        Assert.EndsWith("\n##[error]src/a.c:1:2: error: ***", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_one_program_left_half_matched_is_not_ended_by_the_next()
    {
        job.Write("two.json", """{ "problemMatcher": [{ "owner": "two", "pattern": [{ "regexp": "^file (.+)$", "file": 1 }, { "regexp": "^says (.+)$", "message": 1 }] }] }""");

        await job.RunStepsAsync("- run: echo '::add-matcher::two.json'; echo 'file src/a.c'\n- run: echo 'says x'");

        Assert.Empty(job.Annotations);
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_does_not_stall_the_job()
    {
        job.Write("slow.json", """{ "problemMatcher": [{ "owner": "slow", "pattern": [{ "regexp": "^(([a-z])+.)+[A-Z]([a-z])+$", "message": 1 }] }] }""");

        var result = await job.RunStepsAsync("- run: echo '::add-matcher::slow.json'; for i in 1 2 3 4 5; do printf 'a%.0s' $(seq 60); echo; done; echo done");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.StartsWith("The problem matcher 'slow' is not used", Assert.Single(job.Annotations).Message, StringComparison.Ordinal);
        Assert.EndsWith("\ndone", job.Log, StringComparison.Ordinal);
    }
}
