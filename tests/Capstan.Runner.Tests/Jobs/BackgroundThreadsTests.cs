using Capstan.Contracts;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>Steps in the background on a machine that has no thread left for them.</summary>
public sealed class BackgroundThreadsTests : IDisposable
{
    private readonly JobHarness job = new();

    /// <summary>Ends a test that waits for a step without a thread.</summary>
    private readonly CancellationTokenSource cancel = new(TimeSpan.FromMinutes(1));

    private int left;

    public BackgroundThreadsTests() => job.Settings = job.Settings with { StartThread = Start };

    public void Dispose()
    {
        cancel.Dispose();
        job.Dispose();
    }

    [Theory]
    [InlineData("false", "failure")]
    [InlineData("true", "success")]
    public async Task A_step_for_which_there_is_no_thread_fails_and_says_why(string forgiven, string conclusion)
    {
        var result = await job.RunStepsAsync($"- {{ id: b, background: true, run: echo never, continue-on-error: {forgiven} }}\n- wait: b", cancel.Token);

        Assert.Equal(conclusion, result.Conclusion.Name());
        Assert.Equal(Conclusion.Failure, result.Steps[0].Outcome);
        Assert.StartsWith("##[error]The machine has no thread left for this step: ", job.LogOf(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_for_which_there_is_no_thread_waits_for_that_of_another()
    {
        left = 1;
        var result = await job.RunStepsAsync(
            """
            - run: mkfifo go
            - { name: First, background: true, run: cat go }
            - { name: Second, background: true, run: echo second }
            - run: echo > go
            - wait-all:
            """,
            cancel.Token);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nsecond", job.LogOf(3), StringComparison.Ordinal);
    }

    private void Start(Thread thread)
    {
        // The exception of a thread that cannot begin; nobody but the runtime may make one, as for a string that is longer than any.
        if (left-- <= 0) _ = new string('x', int.MaxValue);
        thread.Start();
    }
}
