using Capstan.Contracts;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

public sealed class ResumeTests : IDisposable
{
    private readonly JobHarness harness = new();

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task A_job_goes_on_at_a_step_with_the_outputs_env_path_and_masks_of_those_before_and_the_env_of_the_new_file()
    {
        harness.Settings = harness.Settings with { KeepTemp = true };
        const string First = """
            - id: made
              name: Make
              run: |
                echo v=1 >> "$GITHUB_OUTPUT"
                echo SET=by-step >> "$GITHUB_ENV"
                echo /first-path >> "$GITHUB_PATH"
                echo /second-path >> "$GITHUB_PATH"
                echo ::add-mask::hidden-word
                echo kept > file
            - id: forgiven
              continue-on-error: true
              run: exit 4
            - id: broken
              run: exit 3
            """;
        Assert.Equal(Conclusion.Failure, (await harness.RunStepsAsync(First)).Conclusion);
        Assert.Equal([(0, "made", false), (1, "forgiven", false), (2, "broken", false), (3, null, true)], harness.Checkpoints.Select(c => (c.Next, c.NextId, c.Failed)));

        harness.Settings = harness.Settings with { Resume = harness.Checkpoints[2] };
        harness.Reports.Clear();
        var result = await harness.RunStepsAsync(First.Replace(
            "exit 3",
            """echo "${{ steps.made.outputs.v }} ${{ steps.forgiven.outcome }} ${{ job.status }} $SET hidden-word $(cat file) ${PATH%%:/[^fs]*}" """,
            StringComparison.Ordinal));

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\n1 failure success by-step *** kept /second-path:/first-path", harness.Log, StringComparison.Ordinal);
        Assert.Equal(
            [(1, "Make", Conclusion.Success, "As it ended before."), (2, "Run exit 4", Conclusion.Success, "As it ended before.")],
            harness.Reports.Take(2).Select(r => (r.Number, r.Name, r.Conclusion, r.Why)));
        Assert.Equal(3, harness.Reports[^1].Number);
    }

    [Fact]
    public async Task What_an_action_before_the_step_does_at_the_jobs_end_is_done_again()
    {
        const string Steps = """
            - uses: actions/cache@v4
              with: { path: made, key: one }
            - run: mkdir -p made
            - id: broken
              run: exit 3
            """;
        await harness.RunStepsAsync(Steps);
        Assert.DoesNotContain("Cache saved", harness.Log, StringComparison.Ordinal);

        harness.Settings = harness.Settings with { Resume = harness.Checkpoints[2] };
        await harness.RunStepsAsync(Steps.Replace("exit 3", "echo whole", StringComparison.Ordinal));

        Assert.Contains("Cache saved", harness.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_names_the_background_steps_that_nobody_had_waited_for()
    {
        await harness.RunStepsAsync("""
            - { id: server, background: true, run: sleep 1000 }
            - { id: asks, run: exit 3 }
            - { cancel: server }
            - { id: last, if: always(), run: echo last }
            """);

        Assert.Equal([[], ["server"], ["server"], [], []], harness.Checkpoints.Select(c => c.InBackground.ToArray()));
    }
}
