using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Steps;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell</summary>
public sealed class ShellTests : IDisposable
{
    /// <summary>What the kernel says the shell was called with, with a space behind each argument.</summary>
    private const string ShowCommand = "tr '\\0' ' ' < /proc/$$/cmdline; echo";

    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Theory]
    [InlineData("", "/bash -e {script}.sh ")]
    [InlineData("shell: bash", "/bash --noprofile --norc -e -o pipefail {script}.sh ")]
    [InlineData("shell: sh", "/sh -e {script}.sh ")]
    [InlineData("shell: BASH", "/bash --noprofile --norc -e -o pipefail {script}.sh ")]
    [InlineData("shell: bash {0}", "/bash {script}.sh ")]
    [InlineData("shell: bash -u {0} one 'two three'", "/bash -u {script}.sh one two three ")]
    [InlineData("shell: sh -c \". {0}\"", "/sh -c . {script}.sh ")]
    [InlineData("shell: dash -e {0}", "/dash -e {script} ")]
    public async Task A_shell_is_called_as_GitHub_calls_it(string shell, string command)
    {
        var result = await job.RunStepsAsync($"- run: {ShowCommand}\n  {shell}".TrimEnd());

        Assert.Equal(Conclusion.Success, result.Conclusion);
        var line = job.LogOf(1).Split('\n').Last(text => text.Contains("step_", StringComparison.Ordinal) && text.EndsWith(' '));
        Assert.EndsWith(command, line.Replace(Path.Combine(job.Settings.Temp, "step_1"), "{script}", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shell: python", "import sys; print('python', sys.version_info[0])", "python 3")]
    [InlineData("shell: perl {0}", "print qq(perl\\n);", "perl")]
    [InlineData("shell: awk -f {0}", "BEGIN { print \"awk\" }", "awk")]
    [InlineData("shell: cat {0}", "the script itself", "the script itself")]
    public async Task Any_program_can_be_the_shell(string shell, string script, string output)
    {
        var result = await job.RunStepsAsync($"- {shell}\n  run: |\n    {script}");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("##[endgroup]\n" + output, job.LogOf(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exit 0", "success", "")]
    [InlineData("exit 1", "failure", "Process completed with exit code 1.")]
    [InlineData("exit 78", "failure", "Process completed with exit code 78.")]
    [InlineData("exit 256", "success", "")]
    [InlineData("no-such-program", "failure", "Process completed with exit code 127.")]
    [InlineData("./not-executable", "failure", "Process completed with exit code 126.")]
    [InlineData("kill -TERM $$", "failure", "Process completed with exit code 143.")]
    [InlineData("kill -SEGV $$", "failure", "Process completed with exit code 139.")]
    [InlineData("python3 -c 'import sys; sys.exit(4)'", "failure", "Process completed with exit code 4.")]
    public async Task The_exit_code_decides_and_is_said(string script, string conclusion, string message)
    {
        job.Write("not-executable", "");

        var result = await job.RunScriptAsync(script);

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Equal(message, string.Join("|", result.Annotations.Select(annotation => annotation.Message)));
    }

    [Theory]
    [InlineData("bash", "echo one\r\nif true; then\r\n  echo two\r\nfi\r\n", "one\ntwo")]
    [InlineData("sh", "echo one\r\ncat <<EOF\r\ntwo\r\nEOF\r\n", "one\ntwo")]
    [InlineData("python", "x = '''a\r\nb'''\r\nprint(repr(x))\r\n", "'a\\nb'")]
    public async Task A_script_with_CRLF_runs_as_with_LF(string shell, string script, string output)
    {
        var quoted = script.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

        await job.RunStepsAsync($"- shell: {shell}\n  run: \"{quoted}\"");

        Assert.EndsWith("##[endgroup]\n" + output, job.LogOf(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"", "dquote")]
    [InlineData("'", "quote")]
    [InlineData("$(touch injected) `touch injected`", "commands")]
    [InlineData("line one\nline two", "lines")]
    public async Task What_an_expression_gives_stands_in_the_script_exactly_as_it_is(string value, string name)
    {
        job.Secrets["NAME"] = name;
        var json = System.Text.Json.JsonSerializer.Serialize(value);
        job.Contexts = job.Contexts.Replace("\"inputs\":{}", $"\"inputs\":{{\"text\":{json}}}", StringComparison.Ordinal);

        await job.RunStepsAsync("- shell: cat {0}\n  run: <${{ inputs.text }}>");

        Assert.EndsWith($"##[endgroup]\n<{value}>", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_working_directory_that_is_missing_fails_its_step_and_names_it()
    {
        var result = await job.RunStepsAsync("- { run: echo never, working-directory: no/such }\n- { if: always(), run: 'mkdir made' }\n- { if: always(), run: pwd, working-directory: made }");

        Assert.Equal(["failure", "success", "success"], result.Steps.Select(step => step.Conclusion!.Value.Name()));
        Assert.Contains($"with working directory '{job.Workspace}/no/such'", result.Annotations[0].Message, StringComparison.Ordinal);
        Assert.EndsWith($"\n{job.Workspace}/made", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Standard_input_is_empty_and_both_outputs_are_the_log()
    {
        await job.RunScriptAsync("cat; echo to-error >&2; echo to-output", "test -t 0 || echo no terminal");

        Assert.EndsWith("##[endgroup]\nto-error\nto-output\nno terminal", job.LogOf(1), StringComparison.Ordinal);
    }
}
