using Capstan.Contracts;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

public sealed class JobRunnerTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Fact]
    public async Task A_script_runs_in_the_workspace_and_its_output_is_the_steps_log()
    {
        var result = await job.RunStepsAsync(
            """
            - run: pwd; echo hello
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains(job.Workspace, job.LogOf(1), StringComparison.Ordinal);
        Assert.Contains("hello", job.LogOf(1), StringComparison.Ordinal);
        Assert.Equal(Conclusion.Success, Assert.Single(result.Steps).Conclusion);
    }
}
