using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>
/// What steps of actions in actions see and decide.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
/// </summary>
public sealed class NestedActionTests : IDisposable
{
    private const string ShowVariables = "run: 'echo \"at $GITHUB_ACTION $GITHUB_ACTION_PATH $GITHUB_ACTION_REPOSITORY@$GITHUB_ACTION_REF\"', shell: bash";
    private const string ShowContext = "run: 'echo \"in ${{ github.action }} ${{ github.action_path }} ${{ github.action_repository }}@${{ github.action_ref }}\"', shell: bash";

    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task Each_nesting_has_its_own_path_repository_and_ref_and_ids_of_steps()
    {
        job.AddRemoteComposite("acme/outer", Steps($"{{ id: a, {ShowVariables} }}", "{ id: in, uses: acme/inner/sub@v2 }", $"{{ {ShowContext} }}"));
        job.AddRemoteComposite("acme/inner/sub", Steps($"{{ id: b, {ShowVariables} }}", $"{{ id: c, {ShowContext} }}"));

        await job.RunStepsAsync("- { id: top, uses: acme/outer@v1 }\n- run: echo \"<$GITHUB_ACTION_PATH> <${{ github.action_path }}>\"");

        var outer = $"{job.Settings.Actions.Folder}/acme/outer acme/outer@v1";
        var inner = $"{job.Settings.Actions.Folder}/acme/inner/sub acme/inner@v2";
        Assert.Equal(
            [$"at top_a {outer}", $"at top_in_b {inner}", $"in top_in_c {inner}", $"in top___run {outer}"],
            job.LogOf(2).Split('\n').Where(line => line.StartsWith("at top", StringComparison.Ordinal) || line.StartsWith("in top", StringComparison.Ordinal)));
        Assert.EndsWith("\n<> <>", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_id_in_each_nesting_is_a_step_of_its_own()
    {
        job.Write("inner/action.yml", "outputs: { o: { value: '${{ steps.x.outputs.v }}' } }\n" + Steps("{ id: x, run: 'echo v=inner >> $GITHUB_OUTPUT', shell: bash }"));
        job.Write(
            "outer/action.yml",
            "outputs: { o: { value: '${{ steps.x.outputs.v }}+${{ steps.y.outputs.o }}' } }\n"
            + Steps("{ id: x, run: 'echo v=outer >> $GITHUB_OUTPUT', shell: bash }", "{ id: y, uses: ./inner }"));

        await job.RunStepsAsync(
            """
            - { id: x, run: 'echo v=job >> $GITHUB_OUTPUT' }
            - { id: y, uses: ./outer }
            - run: echo '${{ steps.x.outputs.v }} ${{ steps.y.outputs.o }}'
            """);

        Assert.EndsWith("\njob outer+inner", job.LogOf(3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("continue-on-error: true", "success", true)]
    [InlineData("continue-on-error: \"${{ inputs.forgive == 'yes' }}\"", "success", true)]
    [InlineData("continue-on-error: false", "failure", false)]
    public async Task A_step_of_an_action_may_fail_and_be_forgiven(string key, string conclusion, bool goesOn)
    {
        var after = "{ run: 'echo after ${{ steps.bad.outcome }} ${{ steps.bad.conclusion }}', shell: bash }";
        job.Write("act/action.yml", "inputs: { forgive: { default: 'yes' } }\n" + Steps($"{{ id: bad, run: exit 3, shell: bash, {key} }}", after));

        var result = await job.RunStepsAsync("- uses: ./act");

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Equal(goesOn, job.LogOf(1).EndsWith("\nafter failure success", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("inputs.do == 'no'", false)]
    [InlineData("inputs.do == 'yes' && github.ref == 'refs/heads/main'", true)]
    [InlineData("env.MODE == 'fast'", true)]
    [InlineData("runner.os == 'Windows'", false)]
    [InlineData("failure()", false)]
    public async Task Conditions_in_a_nested_action_see_the_inputs_and_env_that_reach_it(string condition, bool runs)
    {
        job.Write("inner/action.yml", "inputs: { do: { default: 'no' } }\n" + Steps($"{{ run: echo ran-it, shell: bash, if: \"{condition}\" }}"));
        job.Write("outer/action.yml", "inputs: { do: { default: 'yes' } }\n" + Steps("{ uses: ./inner, with: { do: '${{ inputs.do }}' }, env: { MODE: fast } }"));

        await job.RunStepsAsync("- { run: exit 1, continue-on-error: true }\n- uses: ./outer");

        Assert.Equal(runs, job.LogOf(2).EndsWith("\nran-it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_in_a_nested_action_ends_all_of_them_and_what_asks_for_failures_runs_in_each()
    {
        job.Write("inner/action.yml", Steps("{ run: exit 1, shell: bash }", "{ run: touch inner-ran, shell: bash }", "{ run: touch inner-rescue, shell: bash, if: failure() }"));
        job.Write("outer/action.yml", Steps("{ uses: ./inner }", "{ run: touch outer-ran, shell: bash }", "{ run: touch outer-rescue, shell: bash, if: failure() }"));

        var result = await job.RunStepsAsync("- uses: ./outer\n- { run: touch job-rescue, if: failure() }");

        Assert.Equal(["failure", "success"], result.Steps.Select(step => step.Conclusion!.Value.Name()));
        Assert.Equal(["inner-rescue", "job-rescue", "outer-rescue"], Directory.GetFiles(job.Workspace).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_two_manifests_the_one_named_yml_counts_and_yaml_alone_is_one_too()
    {
        job.Write("both/action.yml", Steps("{ run: echo by-yml, shell: bash }"));
        job.Write("both/action.yaml", Steps("{ run: echo by-yaml, shell: bash }"));
        job.Write("one/action.yaml", Steps("{ run: echo alone, shell: bash }"));

        await job.RunStepsAsync("- uses: ./both\n- uses: ./one");

        Assert.EndsWith("\nby-yml", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nalone", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_input_that_is_missing_is_empty_and_no_error_and_a_deprecated_one_warns()
    {
        job.Write(
            "act/action.yml",
            "inputs: { need: { required: true }, old: { deprecationMessage: 'use need' } }\n" + Steps("{ run: 'echo \"<${{ inputs.need }}>\"', shell: bash }"));

        var result = await job.RunStepsAsync("- { uses: ./act, with: { old: x } }");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\n<>", job.LogOf(1), StringComparison.Ordinal);
        Assert.Equal("Input 'old' has been deprecated with message: use need", Assert.Single(result.Annotations).Message);
    }

    [Fact]
    public async Task Commands_and_files_of_a_nested_step_count_for_it_and_its_environment_for_all()
    {
        job.Write("write.sh", "echo v=1 >> $GITHUB_OUTPUT; echo E=2 >> $GITHUB_ENV; echo /p3 >> $GITHUB_PATH; echo four >> $GITHUB_STEP_SUMMARY; echo ::notice::five");
        job.Write(
            "act/action.yml",
            "outputs: { o: { value: '${{ steps.a.outputs.v }}' } }\n"
            + Steps("{ id: a, run: '. ./write.sh', shell: bash }", "{ run: 'echo \"$E ${PATH%%:*}\"', shell: bash }"));

        await job.RunStepsAsync("- { id: use, uses: ./act }\n- run: echo \"${{ steps.use.outputs.o }} $E ${PATH%%:*}\"");

        Assert.EndsWith("\n2 /p3", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\n1 2 /p3", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal([(1, "four\n")], job.Summaries);
        Assert.Equal((1, "five"), (job.Annotations[0].Step, job.Annotations[0].Message));
    }

    /// <summary>A composite action with these steps.</summary>
    private static string Steps(params string[] steps) => "runs:\n  using: composite\n  steps:\n" + string.Concat(steps.Select(step => $"    - {step}\n"));
}
