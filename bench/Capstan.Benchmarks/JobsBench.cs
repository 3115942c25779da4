namespace Capstan.Benchmarks;

/// <summary>One-step jobs by the real runner on this machine, from the dispatch of runs with a matrix of them to the last run's end.</summary>
internal static class JobsBench
{
    private const int JobsInARun = 250;
    private const int Runs = 9;

    /// <summary>Before the measured ones: a server compiles what it does often anew, and that is a matter of its first half minute and not of every job.</summary>
    private const int WarmUpRuns = 3;
    /// <summary>So many that there is always one to work while others wait for an answer or a commit.</summary>
    private const int SlotsAProcessor = 4;
    private const string Script = "echo hello";

    /// <summary>Seldom: each question has the server list the jobs. When a run ended its own time tells.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: SlotsAProcessor * Environment.ProcessorCount, cancel);
        await system.CreateRepositoryAsync("many", Workflow(JobsInARun), cancel);
        _ = await RunAllAsync(system, WarmUpRuns, cancel);
        var before = ProcessorTime.Now(system.ProcessId);
        var began = TimeProvider.System.GetUtcNow();
        var ended = await RunAllAsync(system, Runs, cancel);
        var rate = JobsInARun * Runs / (ended - began).TotalSeconds;
        var each = ProcessorTime.Now(system.ProcessId).Each(before, JobsInARun * Runs);
        BenchTable.Print(new BenchRow("one-step jobs completed end to end", rate, await BareLimits.ShellsPerSecondAsync(Script, cancel), "/s", $"goal: over 150/s; bare: the shell alone on all cores; {Runs * JobsInARun} jobs; {each}"));
    }

    /// <summary>All at once, so that there is always work and the questions for one run's end are few.</summary>
    /// <returns>When the last one ended.</returns>
    private static async Task<DateTimeOffset> RunAllAsync(SystemUnderTest system, int count, CancellationToken cancel)
    {
        var runs = new List<long>(count);
        for (var i = 0; i < count; i++)
        {
            runs.Add(await system.DispatchAsync("many", cancel));
        }

        var last = DateTimeOffset.MinValue;
        foreach (var run in runs)
        {
            var ended = await system.WaitForRunAsync("many", run, Poll, cancel);
            last = ended > last ? ended : last;
        }

        return last;
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
