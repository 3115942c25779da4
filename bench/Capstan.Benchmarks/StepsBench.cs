namespace Capstan.Benchmarks;

/// <summary>What a step costs: a job of 100 one-line steps less one of a single step, beside the same shells with nothing around them.</summary>
internal static class StepsBench
{
    private const int Steps = 100;
    private const int Runs = 10;

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        using var one = await LocalRepository.OfStepsAsync(programs, [SampleRepository.Script], cancel);
        using var many = await LocalRepository.OfStepsAsync(programs, Enumerable.Repeat(SampleRepository.Script, Steps), cancel);
        var (single, all) = (new Samples(), new Samples());
        for (var i = -1; i < Runs; i++)
        {
            var (first, second) = (await one.RunAsync(cancel), await many.RunAsync(cancel));
            if (i >= 0)
            {
                single.Add(first.TotalMilliseconds);
                all.Add(second.TotalMilliseconds);
            }
        }

        var each = (all.Median - single.Median) / (Steps - 1);
        var bare = await BareLimits.ShellAsync(SampleRepository.Script, cancel);
        BenchTable.Print(new BenchRow($"a step of a job of {Steps} one-line steps", each, bare, "ms", $"goal: under 10 ms over the bare shell; over bare here {each - bare:0.0} ms; {Runs} runs"));
    }
}
