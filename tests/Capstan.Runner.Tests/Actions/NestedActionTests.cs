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
    private const string ShowWhere = "run: 'echo \"$GITHUB_ACTION|$GITHUB_ACTION_PATH|$GITHUB_ACTION_REPOSITORY|$GITHUB_ACTION_REF|${{ github.action_path }}|${{ github.action_repository }}|${{ github.action_ref }}\"', shell: bash";

    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task Each_nesting_has_its_own_path_repository_and_ref_and_ids_of_steps()
    {
        job.AddRemoteComposite("acme/outer", $"runs:\n  using: composite\n  steps:\n    - {{ id: before, {ShowWhere} }}\n    - {{ id: in, uses: acme/inner/sub@v2 }}\n    - {{ {ShowWhere} }}\n");
        job.AddRemoteComposite("acme/inner/sub", $"runs:\n  using: composite\n  steps:\n    - {{ id: deep, {ShowWhere} }}\n");

        await job.RunStepsAsync("- { id: top, uses: acme/outer@v1 }\n- run: echo \"<$GITHUB_ACTION_PATH> <${{ github.action_path }}>\"");

        var actions = job.Settings.Actions.Folder;
        var outer = $"{actions}/acme/outer";
        var inner = $"{actions}/acme/inner/sub";
        Assert.EndsWith(
            $"\ntop_before|{outer}|acme/outer|v1|{outer}|acme/outer|v1\ntop_in_deep|{inner}|acme/inner|v2|{inner}|acme/inner|v2\ntop___run|{outer}|acme/outer|v1|{outer}|acme/outer|v1",
            job.LogOf(2).Replace("##[endgroup]\n", "", StringComparison.Ordinal).Replace("\n##[group]", "\n", StringComparison.Ordinal) is var log ? Where(log) : "",
            StringComparison.Ordinal);
        Assert.EndsWith("\n<> <>", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_id_in_each_nesting_is_a_step_of_its_own()
    {
        job.Write("inner/action.yml", "outputs: { o: { value: '${{ steps.x.outputs.v }}' } }\nruns:\n  using: composite\n  steps:\n    - { id: x, run: 'echo v=inner >> $GITHUB_OUTPUT', shell: bash }\n");
        job.Write("outer/action.yml", "outputs: { o: { value: '${{ steps.x.outputs.v }}+${{ steps.y.outputs.o }}' } }\nruns:\n  using: composite\n  steps:\n    - { id: x, run: 'echo v=outer >> $GITHUB_OUTPUT', shell: bash }\n    - { id: y, uses: ./inner }\n");

        await job.RunStepsAsync("- { id: x, run: 'echo v=job >> $GITHUB_OUTPUT' }\n- { id: y, uses: ./outer }\n- run: echo '${{ steps.x.outputs.v }} ${{ steps.y.outputs.o }}'");

        Assert.EndsWith("\njob outer+inner", job.LogOf(3), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("continue-on-error: true", "success", "after failure success")]
    [InlineData("continue-on-error: ${{ inputs.forgive == 'yes' }}", "success", "after failure success")]
    [InlineData("continue-on-error: false", "failure", "")]
    public async Task A_step_of_an_action_may_fail_and_be_forgiven(string key, string conclusion, string said)
    {
        job.Write("act/action.yml", $"inputs: {{ forgive: {{ default: 'yes' }} }}\nruns:\n  using: composite\n  steps:\n    - id: bad\n      run: exit 3\n      shell: bash\n      {key}\n    - {{ run: 'echo after ${{{{ steps.bad.outcome }}}} ${{{{ steps.bad.conclusion }}}}', shell: bash }}\n");

        var result = await job.RunStepsAsync("- uses: ./act");

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Equal(said.Length > 0, job.Log.Contains("\n" + said + "\n", StringComparison.Ordinal) || (said.Length > 0 && job.Log.EndsWith("\n" + said, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("if: inputs.do == 'no'", false)]
    [InlineData("if: inputs.do == 'yes' && github.ref == 'refs/heads/main'", true)]
    [InlineData("if: env.MODE == 'fast'", true)]
    [InlineData("if: runner.os == 'Windows'", false)]
    [InlineData("if: failure()", false)]
    public async Task Conditions_in_a_nested_action_see_the_inputs_and_env_that_reach_it(string condition, bool runs)
    {
        job.Write("inner/action.yml", $"inputs: {{ do: {{ default: 'no' }} }}\nruns:\n  using: composite\n  steps:\n    - run: echo ran-it\n      shell: bash\n      {condition}\n");
        job.Write("outer/action.yml", "inputs: { do: { default: 'yes' } }\nruns:\n  using: composite\n  steps:\n    - { uses: ./inner, with: { do: '${{ inputs.do }}' }, env: { MODE: fast } }\n");

        await job.RunStepsAsync("- { run: exit 1, continue-on-error: true }\n- uses: ./outer");

        Assert.Equal(runs, job.LogOf(2).EndsWith("\nran-it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_in_a_nested_action_ends_all_of_them_and_what_asks_for_failures_runs_in_each()
    {
        job.Write("inner/action.yml", "runs:\n  using: composite\n  steps:\n    - { run: exit 1, shell: bash }\n    - { run: echo inner-skipped, shell: bash }\n    - { run: echo inner-rescue, shell: bash, if: failure() }\n");
        job.Write("outer/action.yml", "runs:\n  using: composite\n  steps:\n    - uses: ./inner\n    - { run: echo outer-skipped, shell: bash }\n    - { run: echo outer-rescue, shell: bash, if: failure() }\n");

        var result = await job.RunStepsAsync("- uses: ./outer\n- { run: echo job-rescue, if: failure() }");

        Assert.Equal(["failure", "success"], result.Steps.Select(step => step.Conclusion!.Value.Name()));
        Assert.Equal(["inner-rescue", "outer-rescue", "job-rescue"], job.Log.Split('\n').Where(line => line.EndsWith("-rescue", StringComparison.Ordinal) && !line.Contains(' ', StringComparison.Ordinal)));
        Assert.DoesNotContain("\ninner-skipped", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("\nouter-skipped", job.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("action.yml", "action.yaml")]
    public async Task Of_two_manifests_the_one_named_yml_counts_and_yaml_alone_is_one_too(string wins, string other)
    {
        foreach (var (file, word) in new[] { (wins, "short"), (other, "long") })
        {
            job.Write("both/" + file, $"runs:\n  using: composite\n  steps:\n    - {{ run: echo by-{word}, shell: bash }}\n");
        }

        job.Write("one/action.yaml", "runs:\n  using: composite\n  steps:\n    - { run: echo alone, shell: bash }\n");

        await job.RunStepsAsync("- uses: ./both\n- uses: ./one");

        Assert.EndsWith("\nby-short", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nalone", job.LogOf(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_input_that_is_missing_is_empty_and_no_error_and_a_deprecated_one_warns()
    {
        job.Write("act/action.yml", "inputs: { need: { required: true }, old: { deprecationMessage: 'use need' } }\nruns:\n  using: composite\n  steps:\n    - { run: 'echo \"<${{ inputs.need }}>\"', shell: bash }\n");

        var result = await job.RunStepsAsync("- { uses: ./act, with: { old: x } }");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\n<>", job.LogOf(1), StringComparison.Ordinal);
        Assert.Equal("Input 'old' has been deprecated with message: use need", Assert.Single(result.Annotations).Message);
    }

    [Fact]
    public async Task Commands_and_files_of_a_nested_step_count_for_it_and_its_environment_for_all()
    {
        job.Write("act/action.yml", "outputs: { o: { value: '${{ steps.a.outputs.v }}' } }\nruns:\n  using: composite\n  steps:\n    - { id: a, run: 'echo v=1 >> $GITHUB_OUTPUT; echo E=2 >> $GITHUB_ENV; echo /p3 >> $GITHUB_PATH; echo four >> $GITHUB_STEP_SUMMARY; echo ::notice::five', shell: bash }\n    - { run: 'echo \"$E ${PATH%%:*}\"', shell: bash }\n");

        await job.RunStepsAsync("- { id: use, uses: ./act }\n- run: echo \"${{ steps.use.outputs.o }} $E ${PATH%%:*}\"");

        Assert.EndsWith("\n2 /p3", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\n1 2 /p3", job.LogOf(2), StringComparison.Ordinal);
        Assert.Equal([(1, "four\n")], job.Summaries);
        Assert.Equal((1, "five"), (job.Annotations[0].Step, job.Annotations[0].Message));
    }

    private static string Where(string log) => "\n" + string.Join('\n', log.Split('\n').Where(line => line.StartsWith("top_", StringComparison.Ordinal)));
}
