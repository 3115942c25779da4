namespace Capstan.Benchmarks;

/// <summary>`capstan run` of a one-step workflow as a whole process, beside an empty .NET program followed by the same shell script.</summary>
internal static class StartUpBench
{
    private const int Runs = 40;

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        using var repository = await LocalRepository.OfStepsAsync(programs, [SampleRepository.Script], cancel);
        var script = Path.Combine(repository.Folder, "step.sh");
        await File.WriteAllTextAsync(script, SampleRepository.Script, cancel);

        var ours = new Samples();
        var bare = new Samples();
        for (var i = -2; i < Runs; i++)
        {
            var run = await repository.RunAsync(cancel);
            var runtime = await WholeProcess.TimeAsync(programs.Empty, [], repository.Folder, cancel);
            var shell = await WholeProcess.TimeAsync("/bin/bash", ["-e", script], repository.Folder, cancel);
            if (i >= 0)
            {
                ours.Add(run.TotalMilliseconds);
                bare.Add(runtime.TotalMilliseconds + shell.TotalMilliseconds);
            }
        }

        BenchTable.Print(new BenchRow("capstan run, one-step workflow, whole process (median)", ours.Median, bare.Median, "ms",
            $"goal: under 120 ms and under 40 ms over bare; over bare here {ours.Median - bare.Median:0} ms; {Runs} runs"));
    }
}
