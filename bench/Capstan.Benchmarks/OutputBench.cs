namespace Capstan.Benchmarks;

/// <summary>A step that prints 100 MB: what it adds to a run whose log goes into a file, beside the same script through a pipe into a file.</summary>
internal static class OutputBench
{
    private const int Megabytes = 100;
    private const int Runs = 5;
    private const string Script = "yes 2026-01-05 build: compiled another file, and here is what it has to say about it | head -c 100000000";

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        using var quiet = await LocalRepository.OfStepsAsync(programs, [SampleRepository.Script], cancel);
        using var loud = await LocalRepository.CreateAsync(programs, $"  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          {Script}\n", cancel);
        var (without, with, bare) = (new Samples(), new Samples(), new Samples());
        for (var i = -1; i < Runs; i++)
        {
            var (first, second, third) = (await quiet.RunIntoFileAsync(cancel), await loud.RunIntoFileAsync(cancel), await BareAsync(loud.Folder, cancel));
            if (i >= 0)
            {
                without.Add(first.TotalMilliseconds);
                with.Add(second.TotalMilliseconds);
                bare.Add(third.TotalMilliseconds);
            }
        }

        BenchTable.Print(new BenchRow(
            $"MB of a step's output a second, of {Megabytes}", Rate(with.Median - without.Median), Rate(bare.Median), "/s", $"goal: over 200/s; bare: bash | cat into a file; {Runs} runs"));
    }

    private static double Rate(double milliseconds) => Megabytes / (milliseconds / 1000);

    private static Task<TimeSpan> BareAsync(string folder, CancellationToken cancel) =>
        WholeProcess.TimeAsync("/bin/bash", ["-c", $"({Script}) | cat > ../$(basename \"$PWD\").log"], folder, cancel);
}
