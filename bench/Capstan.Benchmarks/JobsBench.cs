using System.Diagnostics;

namespace Capstan.Benchmarks;

/// <summary>One-step jobs by the real runner on this machine, from the dispatch of runs with a matrix of them to the last run's end.</summary>
internal static class JobsBench
{
    private const int JobsInARun = 250;
    private const int Runs = 9;

    /// <summary>Before the measured ones: a server compiles what it does often anew, and that is a matter of its first half minute and not of every job.</summary>
    private const int WarmUpRuns = 3;
    private const string Script = "echo hello";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: 2 * Environment.ProcessorCount, cancel);
        await system.CreateRepositoryAsync("many", Workflow(JobsInARun), cancel);
        await RunAllAsync(system, WarmUpRuns, cancel);
        var before = ProcessorTime.Now(system.ProcessId);
        var began = Stopwatch.GetTimestamp();
        await RunAllAsync(system, Runs, cancel);
        var rate = JobsInARun * Runs / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var each = ProcessorTime.Now(system.ProcessId).Each(before, JobsInARun * Runs);
        BenchTable.Print(new BenchRow("one-step jobs completed end to end", rate, await BareLimits.ShellsPerSecondAsync(Script, cancel), "/s", $"goal: over 150/s; bare: the shell alone on all cores; {Runs * JobsInARun} jobs; {each}"));
    }

    /// <summary>All at once, so that there is always work and the questions for one run's end are few.</summary>
    private static async Task RunAllAsync(SystemUnderTest system, int count, CancellationToken cancel)
    {
        var runs = new List<long>(count);
        for (var i = 0; i < count; i++)
        {
            runs.Add(await system.DispatchAsync("many", cancel));
        }

        foreach (var run in runs)
        {
            await system.WaitForRunAsync("many", run, Poll, cancel);
        }
    }

    private static string Workflow(int jobs) =>
        $$$"""
        on: workflow_dispatch
        jobs:
          job:
            runs-on: ubuntu-latest
            strategy:
              matrix:
                n: [{{{string.Join(", ", Enumerable.Range(0, jobs))}}}]
            steps:
              - run: {{{Script}}}
        """;
}
