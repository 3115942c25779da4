using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Masking;

/// <summary>Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log</summary>
public sealed class MaskingInJobsTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Theory]
    [InlineData("printf '%s\\n' \"$IT\"")]
    [InlineData("printf '%q\\n' \"$IT\"")]
    [InlineData("printf '%s' \"$IT\" | base64 -w0")]
    [InlineData("printf 'user:%s' \"$IT\" | base64 -w0")]
    [InlineData("echo \"$IT\" | base64 -w0")]
    [InlineData("set -x; : \"$IT\"")]
    [InlineData("python3 -c 'import json,os; print(json.dumps(os.environ[\"IT\"]))'")]
    [InlineData("python3 -c 'import json,os; print(json.dumps(json.dumps(os.environ[\"IT\"])))'")]
    [InlineData("python3 -c 'import urllib.parse,os; print(urllib.parse.quote(os.environ[\"IT\"]))'")]
    [InlineData("python3 -c 'import urllib.parse,os; print(urllib.parse.quote_plus(os.environ[\"IT\"]))'")]
    [InlineData("python3 -c 'import html,os; print(html.escape(os.environ[\"IT\"]))'")]
    [InlineData("python3 -c 'import base64,os; print(base64.urlsafe_b64encode(os.environ[\"IT\"].encode()).decode())'")]
    [InlineData("printf '%s' \"$IT\" | while IFS= read -r -n1 c; do printf '%s' \"$c\"; sleep 0.001; done; echo")]
    public async Task What_programs_make_of_a_secret_is_masked(string script)
    {
        const string Secret = "pa ss/w\"o'r\\d+é&<x>?";
        job.Secrets["IT"] = Secret;

        await job.RunStepsAsync($"- env: {{ IT: '${{{{ secrets.IT }}}}' }}\n  run: |\n    {script}");

        var printed = job.LogOf(1).Split("##[endgroup]\n")[^1];
        Assert.Contains("***", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("pa", printed, StringComparison.Ordinal);
        // What is left is what base64 and shells put around it: "user:" and a line end are bits of its neighbours.
        Assert.InRange(printed.Replace("***", "", StringComparison.Ordinal).Length, 0, 12);
    }

    [Fact]
    public async Task A_secret_of_several_lines_is_masked_line_by_line()
    {
        job.Secrets["KEY"] = "-----BEGIN KEY-----\nabc/def+ghi\n-----END KEY-----\n";

        await job.RunStepsAsync("- env: { KEY: '${{ secrets.KEY }}' }\n  run: |\n    echo \"$KEY\"\n    echo \"only abc/def+ghi\"\n    echo \"${KEY//$'\\n'/ }\"");

        Assert.EndsWith("\n***\n***\n***\n\nonly ***\n*** *** *** ", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mask_of_one_step_holds_for_all_later_steps_and_for_what_the_runner_says()
    {
        await job.RunStepsAsync(
            """
            - run: echo "::add-mask::$(printf 'learned%s' -here)"
            - name: learned-here
              env: { A: learned-here }
              run: echo learned-here; echo '::warning title=learned-here,file=learned-here::learned-here'
            """);

        Assert.DoesNotContain("learned-here", job.LogOf(2), StringComparison.Ordinal);
        var warning = Assert.Single(job.Annotations);
        Assert.Equal(("***", "***", "***"), (warning.Message, warning.Title, warning.File));
        Assert.Equal("***", job.Reports[^1].Name);
    }

    [Fact]
    public async Task A_mask_of_several_lines_masks_each_of_them()
    {
        await job.RunStepsAsync("- run: |\n    echo '::add-mask::first-line%0D%0Asecond-line'\n    echo first-line; echo second-line");

        Assert.EndsWith("\n***\n***", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_holds_a_masked_value_is_not_given_to_other_jobs()
    {
        var result = await job.RunAsync(
            """
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                outputs: { plain: "${{ steps.a.outputs.plain }}", coded: "${{ steps.a.outputs.coded }}", fine: "${{ steps.a.outputs.fine }}" }
                steps:
                  - id: a
                    run: |
                      echo '::add-mask::made-up-here'
                      echo "plain=x made-up-here" >> $GITHUB_OUTPUT
                      echo "coded=$(printf made-up-here | base64)" >> $GITHUB_OUTPUT
                      echo "fine=yes" >> $GITHUB_OUTPUT
                  - run: test '${{ steps.a.outputs.plain }}' = 'x made-up-here'
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(["fine"], result.Outputs.Keys);
        Assert.Equal(
            ["Skip output 'plain' since it may contain secret.", "Skip output 'coded' since it may contain secret."],
            job.Annotations.Where(a => a.Level == "warning").Select(a => a.Message));
    }
}
