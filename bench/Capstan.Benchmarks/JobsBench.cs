using System.Diagnostics;

namespace Capstan.Benchmarks;

/// <summary>One-step jobs by the real runner on this machine, from the dispatch of a run with a matrix of them to the run's end.</summary>
internal static class JobsBench
{
    private const int JobsInARun = 250;
    private const int Runs = 3;
    private const string Script = "echo hello";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: 2 * Environment.ProcessorCount, cancel);
        await system.CreateRepositoryAsync("many", Workflow(JobsInARun), cancel);
        await RunOneAsync(system, cancel);
        var before = ProcessorTime.Now(system.ProcessId);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Runs; i++)
        {
            await RunOneAsync(system, cancel);
        }

        var rate = JobsInARun * Runs / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var each = ProcessorTime.Now(system.ProcessId).Each(before, JobsInARun * Runs);
        BenchTable.Print(new BenchRow("one-step jobs completed end to end", rate, await BareLimits.ShellsPerSecondAsync(Script, cancel), "/s", $"goal: over 150/s; bare: the shell alone on all cores; {Runs * JobsInARun} jobs; {each}"));
    }

    private static async Task RunOneAsync(SystemUnderTest system, CancellationToken cancel) =>
        await system.WaitForRunAsync("many", await system.DispatchAsync("many", cancel), Poll, cancel);

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
