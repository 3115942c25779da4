using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

public sealed class JavaScriptActionTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task An_action_finds_its_inputs_in_variables_as_on_GitHub()
    {
        job.AddRemote(
            "acme/show",
            "tr '\\0' '\\n' < /proc/$$/environ | grep ^INPUT_ | LC_ALL=C sort; echo \"from $GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF in $PWD\"",
            manifest: """
                inputs:
                  who-to greet: { default: World }
                  Given: { default: unused }
                  by-expression: { default: "${{ github.actor }}-${{ runner.os }}" }
                  missing: { required: true }

                """);
        var result = await job.RunStepsAsync("- { uses: acme/show@v1, with: { given: \"1\" } }");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith(
            $"\nINPUT_BY-EXPRESSION=ann-Linux\nINPUT_GIVEN=1\nINPUT_MISSING=\nINPUT_WHO-TO_GREET=World\nfrom acme/show@v1 in {job.Workspace}", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_is_not_declared_is_given_all_the_same_with_a_warning()
    {
        job.AddRemote("acme/show", "echo \"other is $INPUT_OTHER\"", manifest: "inputs: { a: {}, b: {} }\n");
        var result = await job.RunStepsAsync("- { uses: acme/show@v1, with: { other: x } }");

        Assert.EndsWith("\nother is x", job.LogOf(2), StringComparison.Ordinal);
        Assert.Contains(result.Annotations, a => a is { Level: "warning", Message: "Unexpected input(s) 'other', valid inputs are ['a', 'b']" });
    }

    [Fact]
    public async Task Outputs_variables_and_commands_of_an_action_count_as_those_of_a_script()
    {
        job.AddRemote(
            "acme/make",
            """
            echo "made=it" >> "$GITHUB_OUTPUT"; echo "CHANGED=yes" >> "$GITHUB_ENV"; echo "/opt/made" >> "$GITHUB_PATH"; echo "done" >> "$GITHUB_STEP_SUMMARY"
            echo "::warning file=a.c,line=3::careful"; echo "::add-mask::hidden-text"
            """);
        var result = await job.RunStepsAsync(
            """
            - { uses: acme/make@v1, id: make }
            - run: echo "${{ steps.make.outputs.made }} $CHANGED ${PATH%%:*} hidden-text"
            """);

        Assert.EndsWith("\nit yes /opt/made ***", job.LogOf(3), StringComparison.Ordinal);
        Assert.Contains(result.Annotations, a => a is { Step: 2, Level: "warning", File: "a.c", Line: 3 });
        Assert.Equal([(2, "done\n")], job.Summaries);
    }

    [Fact]
    public async Task An_action_that_ends_with_another_code_than_0_fails_its_step()
    {
        job.AddRemote("acme/fail", "exit 7");
        var result = await job.RunStepsAsync("- uses: acme/fail@v1");

        Assert.Equal([Conclusion.Success, Conclusion.Failure], result.Steps.Select(s => s.Conclusion!.Value));
        Assert.EndsWith("\nThe action ended with exit code 7", job.LogOf(2), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("node12")]
    [InlineData("node16")]
    [InlineData("node20")]
    [InlineData("node24")]
    public async Task Every_version_that_actions_name_runs_on_the_node_that_is_there(string version)
    {
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Node = "/bin/sh" } };
        job.Write("act/action.yml", $"runs: {{ using: {version}, main: dist/index.sh }}\n");
        job.Write("act/dist/index.sh", "echo it-ran");
        var result = await job.RunStepsAsync("- uses: ./act");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nit-ran", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_nobody_knows_is_said_before_the_first_step()
    {
        job.AddRemoteComposite("acme/new", "runs: { using: node99, main: index.js }\n");
        var result = await job.RunStepsAsync("- run: touch ran\n- uses: acme/new@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("'node99'", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Theory]
    [InlineData("acme/show@v1")]
    [InlineData("./local")]
    [InlineData("acme/outer@v1")]
    public async Task Without_node_the_job_is_refused_before_its_first_step(string uses)
    {
        job.AddRemote("acme/show", "echo hello");
        job.AddRemoteComposite("acme/outer", "runs:\n  using: composite\n  steps:\n    - uses: acme/show@v1\n");
        job.Write("local/action.yml", "runs: { using: node20, main: index.js }\n");
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Node = "/no/such/node" } };
        var result = await job.RunStepsAsync($"- run: touch ran\n- uses: {uses}");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("there is no node on this machine", result.Reason, StringComparison.Ordinal);
        Assert.Contains("(Line: 7, Col:", result.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(job.Workspace, "ran")));
    }

    [Fact]
    public async Task The_real_node_runs_where_there_is_one()
    {
        var node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(node is null, "there is no node on this machine");
        job.Write("act/action.yml", "inputs: { who: { default: World } }\nruns: { using: node20, main: index.js }\n");
        job.Write("act/index.js", "console.log('Hello ' + process.env.INPUT_WHO + '!');");
        await job.RunStepsAsync("- uses: ./act");

        Assert.EndsWith("\nHello World!", job.LogOf(1), StringComparison.Ordinal);
    }
}
