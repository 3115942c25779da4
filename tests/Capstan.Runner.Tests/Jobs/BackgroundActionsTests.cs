using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Capstan.Runner.Tests.Actions;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>
/// Actions in the background: composite ones, and what actions do before the first step and after the last.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
/// </summary>
public sealed class BackgroundActionsTests : IDisposable
{
    private readonly JobHarness job = new();

    /// <summary>Ends a test whose steps wait for each other for ever.</summary>
    private readonly CancellationTokenSource cancel = new(TimeSpan.FromMinutes(1));

    public void Dispose()
    {
        cancel.Dispose();
        job.Dispose();
    }

    [Fact]
    public async Task A_composite_action_in_the_background_has_its_changes_for_itself_until_it_is_waited_for()
    {
        job.Write(
            "a/action.yml",
            """
            name: a
            outputs: { o: { value: "${{ steps.x.outputs.o }}" } }
            runs:
              using: composite
              steps:
                - { id: x, shell: bash, run: 'echo o=1 >> "$GITHUB_OUTPUT"; echo V=inner >> "$GITHUB_ENV"' }
                - { shell: bash, run: 'echo "inside $V"; echo > ready; cat go' }
            """);
        var result = await RunAsync(
            """
            - run: mkfifo ready go
            - { id: b, background: true, uses: ./a }
            - run: cat ready; echo "before [$V] [${{ steps.b.outputs.o }}]"; echo > go
            - wait: b
            - run: echo "after [$V] [${{ steps.b.outputs.o }}]"
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Contains("\ninside inner", job.LogOf(2), StringComparison.Ordinal);
        Assert.EndsWith("\nbefore [] []", job.LogOf(3), StringComparison.Ordinal);
        Assert.EndsWith("\nafter [inner] [1]", job.LogOf(5), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run: echo a, shell: bash, background: true")]
    [InlineData("wait-all: true")]
    [InlineData("parallel: [ { run: echo a, shell: bash } ]")]
    public async Task A_composite_action_has_no_background_steps_of_its_own(string step)
    {
        job.Write("a/action.yml", $"name: a\nruns:\n  using: composite\n  steps:\n    - {{ {step} }}\n");
        var result = await RunAsync("- uses: ./a");

        Assert.Equal(Conclusion.Failure, result.Conclusion);
        Assert.Contains("a/action.yml (Line: 5", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_actions_of_background_steps_do_at_the_end_comes_as_they_began_the_last_first_and_sees_the_job()
    {
        job.AddRemote("acme/a", "echo A=1 >> \"$GITHUB_STATE\"; cat go; echo V=a >> \"$GITHUB_ENV\"", pre: "mkfifo go", post: "echo \"a $A$STATE_A $V\"");
        job.AddRemote("acme/b", "echo main", post: "echo > go2; echo \"b $V\"");
        var result = await RunAsync(
            """
            - { id: a, background: true, uses: acme/a@v1 }
            - { id: b, background: true, uses: acme/b@v1 }
            - run: echo > go; mkfifo go2; (cat go2 &)
            """);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(["7 Post Run acme/b@v1: success", "8 Post Run acme/a@v1: success"], result.Steps.Select(step => $"{step.Number} {step.Name}: {step.Conclusion!.Value.Name()}").Skip(6));
        Assert.EndsWith("\nb a", job.LogOf(7), StringComparison.Ordinal);
        Assert.EndsWith("\na 1 a", job.LogOf(8), StringComparison.Ordinal);
    }

    private Task<JobResult> RunAsync(string steps) => job.RunStepsAsync(steps, cancel.Token);
}
