using Capstan.Contracts;
using Capstan.Runner.Jobs;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>What a job says about where its deployment can be looked at.</summary>
public sealed class EnvironmentAddressTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Theory]
    [InlineData("{ name: live, url: 'https://${{ steps.s.outputs.host }}/${{ env.PATH_OF_IT }}' }", "https://example.org/v1")]
    [InlineData("{ name: live, url: '${{ job.status }}://x' }", null)]
    [InlineData("'${{ fromJSON(vars.ENVIRONMENT) }}'", "https://from.json")]
    [InlineData("{ name: '${{ vars.ABSENT }}', url: 'https://x' }", null)]
    [InlineData("{ name: live, url: '${{ steps.s.outputs.absent }}' }", null)]
    [InlineData("live", null)]
    public async Task It_is_evaluated_when_the_steps_have_ended(string environment, string? address)
    {
        job.Contexts = """{"github":{"event":{}},"vars":{"ENVIRONMENT":"{\"name\":\"live\",\"url\":\"https://from.json\"}"},"inputs":{}}""";

        var result = await RunAsync(environment);

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.Equal(address, result.EnvironmentUrl);
    }

    [Fact]
    public async Task A_failed_job_has_one_too()
    {
        var result = await RunAsync("{ name: live, url: 'https://${{ steps.s.outputs.host }}' }", "exit 1");

        Assert.Equal((Conclusion.Failure, "https://example.org"), (result.Conclusion, result.EnvironmentUrl));
    }

    [Theory]
    [InlineData("javascript:alert(1)", "'javascript:alert(1)' is no http or https address.")]
    [InlineData("https://x/?key=of-the-environment", "may contain secret.")]
    public async Task One_that_cannot_be_shown_is_left_out_with_a_warning(string url, string why)
    {
        job.Secrets["KEY"] = "of-the-environment";

        var result = await RunAsync($"{{ name: live, url: '{url}' }}");

        Assert.Equal((Conclusion.Success, null), (result.Conclusion, result.EnvironmentUrl));
        Assert.EndsWith(why, Assert.Single(result.Annotations, annotation => annotation.Level == "warning").Message, StringComparison.Ordinal);
        Assert.DoesNotContain("of-the-environment", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_cannot_be_evaluated_fails_the_job()
    {
        var result = await RunAsync("{ name: live, url: '${{ fromJSON(steps.s.outputs.host) }}' }");

        Assert.Equal((Conclusion.Failure, null), (result.Conclusion, result.EnvironmentUrl));
        Assert.Contains("test.yml (Line: 6, Col:", result.Reason, StringComparison.Ordinal);
    }

    private Task<JobResult> RunAsync(string environment, string then = "true") => job.RunAsync(
        $"""
        on: push
        jobs:
          build:
            runs-on: ubuntu-latest
            env: {"{"} PATH_OF_IT: v1 {"}"}
            environment: {environment}
            steps:
              - id: s
                run: echo host=example.org >> $GITHUB_OUTPUT; {then}
        """);
}
