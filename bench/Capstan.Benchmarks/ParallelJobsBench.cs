namespace Capstan.Benchmarks;

/// <summary>20 jobs of one step that computes, all at once as the processors allow, beside the same shells with nothing around them.</summary>
internal static class ParallelJobsBench
{
    private const int Jobs = 20;
    private const int Runs = 5;
    private const string Script = "for ((i = 0; i < 100000; i++)); do :; done";

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        var jobs = Enumerable.Range(1, Jobs).Select(n => $"  job{n}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {Script}\n");
        using var repository = await LocalRepository.CreateAsync(programs, string.Concat(jobs), cancel);
        var (ours, bare) = (new Samples(), new Samples());
        for (var i = -1; i < Runs; i++)
        {
            var (run, shells) = (await repository.RunAsync(cancel), await BareAsync(repository.Folder, cancel));
            if (i >= 0)
            {
                ours.Add(run.TotalMilliseconds);
                bare.Add(shells.TotalMilliseconds);
            }
        }

        BenchTable.Print(new BenchRow($"capstan run, {Jobs} jobs in parallel", ours.Median, bare.Median, "ms", $"bare: the shells alone on all cores; {Runs} runs"));
    }

    private static Task<TimeSpan> BareAsync(string folder, CancellationToken cancel) =>
        WholeProcess.TimeAsync("/bin/sh", ["-c", $"seq {Jobs} | xargs -P {Environment.ProcessorCount} -I{{}} /bin/bash -e -c '{Script}'"], folder, cancel);
}
