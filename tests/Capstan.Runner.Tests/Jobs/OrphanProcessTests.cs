using System.Globalization;
using Capstan.Contracts;
using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>Source: https://docs.github.com/en/actions/reference/runners/self-hosted-runners (the clean-up of what a job leaves running).</summary>
public sealed class OrphanProcessTests : IDisposable
{
    private readonly JobHarness job = new();

    public void Dispose() => job.Dispose();

    [Theory]
    [InlineData("{0} &")]
    [InlineData("nohup {0} > /dev/null 2>&1 &")]
    [InlineData("(setsid {0} > /dev/null 2>&1 &)")]
    [InlineData("env -i {0} > /dev/null 2>&1 &")]
    public async Task What_a_step_leaves_running_is_there_for_later_steps_and_ends_with_the_job(string start)
    {
        job.Write("stay", "echo $$ > pid.new; /bin/mv pid.new pid; exec /bin/sleep 1000");
        var result = await job.RunStepsAsync($"- run: |\n    {string.Format(CultureInfo.InvariantCulture, start, "/bin/sh stay")}\n    until test -s pid; do sleep 0.01; done\n- run: kill -0 $(cat pid) && echo still-there");

        Assert.Equal(Conclusion.Success, result.Conclusion);
        Assert.EndsWith("\nstill-there", job.LogOf(2), StringComparison.Ordinal);
        var id = int.Parse((await File.ReadAllTextAsync(Path.Combine(job.Workspace, "pid"), TestContext.Current.CancellationToken)).Trim(), CultureInfo.InvariantCulture);
        Assert.Contains($"Terminate orphan process: pid ({id}) (sleep)", job.LogOf(0), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"/proc/{id}"));
    }
}
