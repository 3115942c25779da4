using Capstan.Benchmarks;

// `./dev bench [NAME]`: every benchmark, or those whose name begins with NAME.
var checkout = args.Length > 1 ? args[1] : Directory.GetCurrentDirectory();
var programs = PublishedPrograms.Find(checkout);
(string Name, Func<PublishedPrograms, CancellationToken, Task> Run)[] benchmarks =
[
    ("start", StartUpBench.RunAsync),
    ("first", FirstStepBench.RunAsync),
    ("steps", StepsBench.RunAsync),
    ("output", OutputBench.RunAsync),
    ("parallel", ParallelJobsBench.RunAsync),
    ("event", EventToStepBench.RunAsync),
    ("jobs", JobsBench.RunAsync),
    ("claims", ClaimsBench.RunAsync),
    ("parse", ParseBench.RunAsync),
];
var chosen = benchmarks.Where(b => args.Length == 0 || b.Name.StartsWith(args[0], StringComparison.Ordinal)).ToArray();
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"No benchmark is named '{args[0]}'. There are: {string.Join(", ", benchmarks.Select(b => b.Name))}.");
    return 2;
}

using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
BenchTable.Header();
foreach (var benchmark in chosen)
{
    await benchmark.Run(programs, limit.Token);
}

return 0;
