using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>Source: https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts</summary>
public sealed class JobHookTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task The_owners_scripts_run_before_the_first_step_and_after_the_last()
    {
        Hooks("echo \"started $GITHUB_JOB in $PWD\"; echo FROM_HOOK=seen >> $GITHUB_ENV; echo ::notice::hello", "echo \"completed $FROM_HOOK\"");

        var result = await job.RunStepsAsync("- run: echo \"step $FROM_HOOK\"");

        Assert.Equal(["1 Set up runner: success", "2 Run echo \"step $FROM_HOOK\": success", "3 Complete runner: success"], Shown(result));
        Assert.EndsWith($"\nstarted build in {job.Workspace}\n##[notice]hello", job.LogOf(1), StringComparison.Ordinal);
        Assert.EndsWith("\nstep seen", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\ncompleted seen", job.LogOf(3), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_fails_fails_the_job_and_the_one_at_the_end_runs_all_the_same()
    {
        Hooks("exit 3", "echo the end");

        var result = await job.RunStepsAsync("- run: echo never\n- if: always()\n  run: echo always");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal(["failure", "skipped", "success", "success"], result.Steps.Select(step => step.Conclusion!.Value.Name()));
        Assert.Contains("Process completed with exit code 3.", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_at_the_end_that_fails_fails_a_job_whose_steps_succeeded()
    {
        Hooks(started: null, "exit 1");

        var result = await job.RunStepsAsync("- run: echo fine");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Equal("The step 'Complete runner' failed", result.Reason);
    }

    [Theory]
    [InlineData("/nowhere/hook.sh", "does not exist")]
    [InlineData("hook.sh", "does not exist. Name it with its whole path")]
    [InlineData("/etc/passwd", "must end with .sh, .ps1, .js")]
    public async Task A_script_that_cannot_be_run_fails_the_job_with_the_reason(string script, string message)
    {
        job.Settings = job.Settings with { Machine = new MachineSettings { StartedHook = script } };

        var result = await job.RunStepsAsync("- run: echo never");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains(message, job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_owner_says_is_read_from_the_variables_of_GitHubs_runner()
    {
        var settings = MachineSettings.From(name => name switch
        {
            "ACTIONS_RUNNER_HOOK_JOB_STARTED" => "/a.sh",
            "ACTIONS_RUNNER_HOOK_JOB_COMPLETED" => " ",
            "ACTIONS_RUNNER_EMIT_COMPOSITE_MARKERS" => "True",
            _ => null,
        });

        Assert.Equal(new MachineSettings { StartedHook = "/a.sh", CompletedHook = null, CompositeMarkers = true }, settings);
    }

    private void Hooks(string? started, string? completed) =>
        job.Settings = job.Settings with { Machine = new MachineSettings { StartedHook = Script("started.sh", started), CompletedHook = Script("completed.sh", completed) } };

    private string? Script(string name, string? text)
    {
        if (text is null) return null;
        job.Write("../" + name, text);
        return Path.GetFullPath(Path.Combine(job.Workspace, "..", name));
    }

    private static IEnumerable<string> Shown(JobResult result) => result.Steps.Select(step => $"{step.Number} {step.Name}: {step.Conclusion!.Value.Name()}");
}
