using Capstan.Contracts;
using Capstan.Runner.Tests.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Actions;

/// <summary>What actions do before a job's first step and after its last.</summary>
public sealed class ActionStagesTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    private IEnumerable<string> Shown => job.Reports.Where(r => r.Status == Status.Completed).Select(r => $"{r.Number} {r.Name}: {r.Conclusion!.Value.Name()}");

    [Fact]
    public async Task Pre_stages_come_before_the_first_step_and_post_stages_after_the_last_in_reverse_order()
    {
        job.AddRemote("acme/a", "echo main-a", pre: "echo pre-a", post: "echo post-a");
        job.AddRemote("acme/b", "echo main-b", pre: "echo pre-b", post: "echo post-b");
        await job.RunStepsAsync(
            """
            - run: echo first
            - uses: acme/a@v1
            - { uses: acme/b@v1, name: Second one }
            """);

        Assert.Equal(
            [
                "1 Set up job: success", "2 Pre Run acme/a@v1: success", "3 Pre Second one: success", "4 Run echo first: success", "5 Run acme/a@v1: success",
                "6 Second one: success", "7 Post Second one: success", "8 Post Run acme/a@v1: success",
            ],
            Shown);
        Assert.Equal("pre-a", job.LogOf(2));
        Assert.Equal("Post job cleanup.\npost-a", job.LogOf(8));
    }

    [Fact]
    public async Task A_job_without_remote_actions_has_no_step_of_ours()
    {
        await job.RunStepsAsync("- run: echo one\n- uses: actions/checkout@v4");

        Assert.Equal(["1 Run echo one: success", "2 Run actions/checkout@v4: success"], Shown);
    }

    [Fact]
    public async Task What_a_stage_saves_is_seen_by_the_later_stages_of_the_same_use_only()
    {
        job.AddRemote(
            "acme/a",
            "echo \"main $STATE_from_pre $STATE_Old\"; echo 'from_main=2' >> \"$GITHUB_STATE\"; echo '::save-state name=Old::3'",
            pre: "echo \"from_pre=$INPUT_N\" >> \"$GITHUB_STATE\"",
            post: "echo \"post $STATE_from_pre $STATE_from_main $STATE_Old\"",
            manifest: "inputs: { n: {} }\n");
        await job.RunStepsAsync(
            """
            - { uses: acme/a@v1, with: { n: x } }
            - { uses: acme/a@v1, with: { n: y } }
            """);

        Assert.Contains("\nmain x \n##[warning]", job.LogOf(4), StringComparison.Ordinal);
        Assert.Contains("\nmain y \n##[warning]", job.LogOf(5), StringComparison.Ordinal);
        Assert.EndsWith("\npost y 2 3", job.LogOf(6), StringComparison.Ordinal);
        Assert.EndsWith("\npost x 2 3", job.LogOf(7), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_post_stage_runs_after_a_failure_but_not_for_a_step_that_never_began()
    {
        job.AddRemote("acme/a", "exit 1", post: "echo \"tidy $GITHUB_ACTION\"");
        var result = await job.RunStepsAsync(
            """
            - { uses: acme/a@v1, id: fails }
            - { uses: acme/a@v1, id: skipped }
            """);

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(["1 Set up job: success", "2 Run acme/a@v1: failure", "3 Run acme/a@v1: skipped", "4 Post Run acme/a@v1: success"], Shown);
        Assert.EndsWith("\ntidy fails", job.LogOf(4), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_whose_pre_stage_ran_has_its_post_stage_even_when_it_is_skipped_itself()
    {
        job.AddRemote("acme/a", "echo main", pre: "echo begun=1 >> \"$GITHUB_STATE\"", post: "echo \"ended $STATE_begun\"");
        await job.RunStepsAsync("- { uses: acme/a@v1, if: false }");

        Assert.Equal(["1 Set up job: success", "2 Pre Run acme/a@v1: success", "3 Run acme/a@v1: skipped", "4 Post Run acme/a@v1: success"], Shown);
        Assert.EndsWith("\nended 1", job.LogOf(4), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pre-if: failure()", "skipped", "success")]
    [InlineData("pre-if: runner.os == 'Linux'", "success", "success")]
    [InlineData("post-if: success()", "success", "skipped")]
    [InlineData("post-if: runner.os == 'Linux'", "success", "success")]
    [InlineData("post-if: inputs.tidy == 'yes'", "success", "success")]
    [InlineData("post-if: inputs.tidy == 'no'", "success", "skipped")]
    public async Task The_conditions_of_an_action_decide_about_its_stages(string condition, string pre, string post)
    {
        job.AddRemote("acme/a", "exit 1", pre: "echo pre", post: "echo post", manifest: $"inputs: {{ tidy: {{ default: \"yes\" }} }}\nruns:\n  {condition}\n");
        await job.RunStepsAsync("- uses: acme/a@v1");

        Assert.Equal([$"2 Pre Run acme/a@v1: {pre}", "3 Run acme/a@v1: failure", $"4 Post Run acme/a@v1: {post}"], Shown.Skip(1));
    }

    [Fact]
    public async Task A_failed_pre_stage_fails_the_job_and_skips_its_steps()
    {
        job.AddRemote("acme/a", "echo main", pre: "exit 1");
        var result = await job.RunStepsAsync("- run: echo first\n- { run: echo last, if: failure() }\n- uses: acme/a@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(["2 Pre Run acme/a@v1: failure", "3 Run echo first: skipped", "4 Run echo last: success", "5 Run acme/a@v1: skipped"], Shown.Skip(1));
    }

    [Fact]
    public async Task A_failed_post_stage_fails_the_job_and_the_others_still_run()
    {
        job.AddRemote("acme/a", "echo main", post: "echo post-a");
        job.AddRemote("acme/b", "echo main", post: "exit 1");
        var result = await job.RunStepsAsync("- uses: acme/a@v1\n- uses: acme/b@v1");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(["4 Post Run acme/b@v1: failure", "5 Post Run acme/a@v1: success"], Shown.Skip(3));
    }

    [Fact]
    public async Task The_pre_stage_of_a_local_action_is_not_run_but_its_post_stage_is()
    {
        job.Settings = job.Settings with { Actions = job.Settings.Actions with { Node = "/bin/sh" } };
        job.Write("act/action.yml", "runs: { using: node20, pre: pre.sh, main: main.sh, post: post.sh }\n");
        job.Write("act/pre.sh", "exit 1");
        job.Write("act/main.sh", "echo main");
        job.Write("act/post.sh", "echo post");
        await job.RunStepsAsync("- uses: ./act");

        Assert.Equal(["1 Run ./act: success", "2 Post Run ./act: success"], Shown);
    }

    [Fact]
    public async Task The_stages_inside_nested_composite_actions_run_in_one_step_of_the_outermost()
    {
        job.AddRemote("acme/leaf", "echo \"main $INPUT_N\"", pre: "echo \"pre $INPUT_N\"", post: "echo \"post $INPUT_N\"", manifest: "inputs: { n: {} }\n");
        job.AddRemoteComposite(
            "acme/inner",
            """
            inputs: { n: { default: "i" } }
            runs:
              using: composite
              steps:
                - { uses: acme/leaf@v1, with: { n: "${{ inputs.n }}1" } }
                - { uses: acme/leaf@v1, with: { n: "${{ inputs.n }}2" } }
            """);
        job.AddRemoteComposite(
            "acme/outer",
            """
            runs:
              using: composite
              steps:
                - { uses: acme/leaf@v1, with: { n: a } }
                - { uses: acme/inner@v1, with: { n: b } }
                - { uses: acme/leaf@v1, with: { n: c } }
                - { uses: acme/leaf@v1, with: { n: never }, if: false }
            """);
        await job.RunStepsAsync("- uses: acme/outer@v1");

        Assert.Equal(["1 Set up job: success", "2 Pre Run acme/outer@v1: success", "3 Run acme/outer@v1: success", "4 Post Run acme/outer@v1: success"], Shown);
        Assert.Equal("pre a\npre b1\npre b2\npre c\npre never", job.LogOf(2));
        Assert.EndsWith("\nmain a\nmain b1\nmain b2\nmain c", job.LogOf(3), StringComparison.Ordinal);
        Assert.Equal("Post job cleanup.\npost never\npost c\npost b2\npost b1\npost a", job.LogOf(4));
    }

    [Fact]
    public async Task A_cancelled_job_still_runs_its_post_stages()
    {
        using var cancel = new CancellationTokenSource();
        job.AddRemote("acme/a", "echo ready; exec sleep 1000", post: "echo tidied");
        job.OnLine = line =>
        {
            if (line == "ready") cancel.Cancel();
        };
        var result = await job.RunStepsAsync("- uses: acme/a@v1", cancel.Token);

        Assert.Equal(Conclusion.Cancelled, result.Conclusion);
        Assert.Equal(["2 Run acme/a@v1: cancelled", "3 Post Run acme/a@v1: success"], Shown.Skip(1));
    }
}
