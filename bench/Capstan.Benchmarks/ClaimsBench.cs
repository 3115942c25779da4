using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Npgsql;

namespace Capstan.Benchmarks;

/// <summary>Claims by simulated runners over HTTP, thousands of jobs queued for mixed labels; then the same with a million finished runs in the database.</summary>
internal static class ClaimsBench
{
    private const int Runners = 1000;
    private const int SlotsOfARunner = 1000;
    private const int Labels = 20;
    private const int JobsInARun = 250;
    private const int RunsInAQueue = 40;
    private const int RunsToWarmUp = 12;

    /// <summary>One round lasts four seconds, in which a disk or another process easily takes a tenth: as much as the history may.</summary>
    private const int Rounds = 3;
    private const int FinishedRunsInTheHistory = 1_000_000;
    private const int RegisteredAtOnce = 16;

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: 1, cancel);
        await system.CreateRepositoryAsync("queue", Workflow, cancel);
        await using var database = await system.OpenDatabaseAsync(cancel);
        var runners = await RegisterAsync(system, cancel);

        // The first claims of a server that has just started run code that is not compiled for speed yet.
        await MeasureAsync(system, database, runners, RunsToWarmUp, cancel);
        var (first, each) = await MedianAsync(system, database, runners, cancel);
        var bare = await BareLimits.ClaimsPerSecondAsync(database, cancel);
        BenchTable.Print(new BenchRow($"claims, {Runners:#,0} runners connected, {JobsInARun * RunsInAQueue:#,0} jobs queued, median of {Rounds}", first, bare, "/s", $"goal: over 2,000/s; bare: the plainest claim through one connection; {each}"));

        await FinishedRuns.AddAsync(system.OpenDatabaseAsync, FinishedRunsInTheHistory, cancel);
        var (second, eachLater) = await MedianAsync(system, database, runners, cancel);
        BenchTable.Print(new BenchRow($"the same with {FinishedRunsInTheHistory:#,0} finished runs", second, first, "/s", $"goal: within 10 %; bare here is the row above; {eachLater}"));
        foreach (var runner in runners)
        {
            runner.Dispose();
        }
    }

    private static string Workflow =>
        $$$"""
        on: workflow_dispatch
        jobs:
          job:
            runs-on: [self-hosted, "label-${{ matrix.label }}"]
            strategy:
              matrix:
                label: [{{{string.Join(", ", Enumerable.Range(0, JobsInARun).Select(n => $"'{n % Labels}.{n / Labels}'"))}}}]
            steps:
              - run: echo hello
        """.Replace("\"label-${{ matrix.label }}\"", "\"${{ format('label-{0}', matrix.label) }}\"", StringComparison.Ordinal);

    private static async Task<IReadOnlyList<SimulatedRunner>> RegisterAsync(SystemUnderTest system, CancellationToken cancel)
    {
        var runners = new SimulatedRunner[Runners];
        using var client = new HttpClient { BaseAddress = new Uri(system.Url + "/") };
        client.DefaultRequestHeaders.Add(Protocol.VersionHeader, $"{Protocol.CurrentVersion}");
        await Parallel.ForAsync(0, Runners, new ParallelOptions { MaxDegreeOfParallelism = RegisteredAtOnce, CancellationToken = cancel }, async (n, stop) =>
        {
            using var made = await system.Http.PostAsJsonAsync("v1/runners/tokens", new { }, stop);
            made.EnsureSuccessStatusCode();
            var token = (await made.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("token").GetString()!;
            var capabilities = new RunnerCapabilities("Linux", "X64", Docker: false, SlotsOfARunner);
            var request = new RegisterRunnerRequest(token, $"simulated-{n}", "bench", ["self-hosted", .. LabelsOf(n)], capabilities);
            using var answer = await client.PostAsJsonAsync("v1/runners/register", request, ContractsJson.Default.RegisterRunnerRequest, stop);
            answer.EnsureSuccessStatusCode();
            var registered = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterRunnerResponse, stop);
            runners[n] = new SimulatedRunner(new Uri(system.Url), registered!.Credential, capabilities);
        });
        return runners;
    }

    /// <summary>Each runner offers all variants of two of the labels.</summary>
    private static IEnumerable<string> LabelsOf(int runner) =>
        from label in new[] { runner % Labels, (runner / Labels) % Labels }.Distinct()
        from variant in Enumerable.Range(0, (JobsInARun / Labels) + 1)
        select $"label-{label}.{variant}";

    /// <summary>The round of the median rate.</summary>
    private static async Task<(double Rate, ProcessorTime Each)> MedianAsync(
        SystemUnderTest system, NpgsqlConnection database, IReadOnlyList<SimulatedRunner> runners, CancellationToken cancel)
    {
        var rounds = new List<(double Rate, ProcessorTime Each)>(Rounds);
        for (var round = 0; round < Rounds; round++)
        {
            rounds.Add(await MeasureAsync(system, database, runners, RunsInAQueue, cancel));
        }

        return rounds.OrderBy(round => round.Rate).ElementAt(Rounds / 2);
    }

    /// <summary>From the first poll of connected runners to the last of the queued jobs.</summary>
    private static async Task<(double Rate, ProcessorTime Each)> MeasureAsync(
        SystemUnderTest system, NpgsqlConnection database, IReadOnlyList<SimulatedRunner> runners, int runsInTheQueue, CancellationToken cancel)
    {
        var wanted = JobsInARun * runsInTheQueue;
        await QueueAsync(system, database, runsInTheQueue, wanted, cancel);
        await BareLimits.ExecuteAsync(database, "analyze", cancel);
        foreach (var runner in runners)
        {
            await runner.ConnectAsync(cancel);
            await runner.BeatAsync(cancel);
        }

        var claimed = 0;
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = ProcessorTime.Now(system.ProcessId);
        var began = Stopwatch.GetTimestamp();
        var all = Task.WhenAll(runners.Select(async runner =>
        {
            while (Volatile.Read(ref claimed) < wanted)
            {
                if (await runner.PollAsync(cancel) && Interlocked.Increment(ref claimed) == wanted)
                {
                    end.SetResult();
                }
            }
        }));
        await await Task.WhenAny(all, end.Task);
        var rate = wanted / Stopwatch.GetElapsedTime(began).TotalSeconds;
        var each = ProcessorTime.Now(system.ProcessId).Each(before, wanted);
        await all;
        await BareLimits.ExecuteAsync(
            database,
            "update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = coalesce(started_at, queued_at) where status <> 'completed'",
            cancel);
        return (rate, each);
    }

    /// <summary>A busy server answers that it has the request, and makes the run a moment later.</summary>
    private static async Task QueueAsync(SystemUnderTest system, NpgsqlConnection database, int runs, long jobs, CancellationToken cancel)
    {
        for (var i = 0; i < runs; i++)
        {
            using var answer = await system.Http.PostAsJsonAsync("v1/repos/bench/queue/workflows/ci.yml/dispatches", new { @ref = "main" }, cancel);
            answer.EnsureSuccessStatusCode();
        }

        await using var count = new NpgsqlCommand("select count(*) from actions_job_executions where status = 'queued'", database);
        while ((long)(await count.ExecuteScalarAsync(cancel))! < jobs)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
        }
    }
}
