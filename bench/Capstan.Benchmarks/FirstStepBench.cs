using System.Globalization;

namespace Capstan.Benchmarks;

/// <summary>From the start of the process <c>capstan run</c> to the moment its first step's shell runs (what it says the time is), beside an empty .NET program and a shell.</summary>
internal static class FirstStepBench
{
    private const int Runs = 30;
    private const string Mark = "first step at ";

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        using var repository = await LocalRepository.OfStepsAsync(programs, [$"echo {Mark}$EPOCHREALTIME"], cancel);
        var (ours, bare) = (new Samples(), new Samples());
        for (var i = -2; i < Runs; i++)
        {
            var started = TimeProvider.System.GetUtcNow();
            var output = await repository.OutputAsync(cancel);
            var runtime = await WholeProcess.TimeAsync(programs.Empty, [], repository.Folder, cancel);
            var shell = await WholeProcess.TimeAsync("/bin/bash", ["-e", "-c", SampleRepository.Script], repository.Folder, cancel);
            if (i >= 0)
            {
                ours.Add((At(output) - started).TotalMilliseconds);
                bare.Add(runtime.TotalMilliseconds + shell.TotalMilliseconds);
            }
        }

        BenchTable.Print(new BenchRow("capstan run, start to the first step's process (median)", ours.Median, bare.Median, "ms", $"goal: under 200 ms; {Runs} runs"));
    }

    private static DateTimeOffset At(string output)
    {
        // The command's echo of the script has the variable's name behind the mark, and only the script's output a number.
        var text = output.Split(Mark).Skip(1).First(rest => char.IsAsciiDigit(rest[0])).Split('\n')[0].Trim();
        return DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
    }
}
