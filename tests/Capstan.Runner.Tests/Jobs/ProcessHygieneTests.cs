using Xunit;

namespace Capstan.Runner.Tests.Jobs;

/// <summary>Counts what the whole process holds, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(ProcessHygieneTests), DisableParallelization = true)]
[Collection(nameof(ProcessHygieneTests))]
public sealed class ProcessHygieneTests
{
    [Fact]
    public async Task No_descriptor_and_no_zombie_is_left_after_many_steps()
    {
        using var job = new JobHarness();
        await job.RunStepsAsync("- { run: 'true', background: true }");
        var before = Held().Count;
        using var many = new JobHarness();
        await many.RunStepsAsync(string.Join('\n', Enumerable.Repeat("- run: (setsid sleep 0.01 &) ; 'true'\n- { background: true, run: (setsid sleep 0.01 &) }", 30)));

        Assert.True(Held().Count <= before, $"{before} before: {string.Join(", ", Held())}");
        Assert.Empty(ZombieChildren());
    }

    /// <summary>What steps open: pipes, events, processes, files. The runtime holds the assemblies that it loads, two descriptors each, and loads one whenever it first needs it.</summary>
    private static List<string> Held() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(descriptor => new FileInfo(descriptor).LinkTarget ?? "").Where(target => !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal))];

    private static string[] ChildrenOf(string task)
    {
        try
        {
            return File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (error is IOException)
        {
            // The thread has ended in the meantime, and has no children any more.
            return [];
        }
    }

    private static IEnumerable<string> ZombieChildren() => Directory.GetDirectories($"/proc/{Environment.ProcessId}/task")
        .SelectMany(ChildrenOf)
        .Where(child => File.Exists($"/proc/{child}/stat") && File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal));
}
