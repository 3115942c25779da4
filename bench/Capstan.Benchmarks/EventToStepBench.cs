using System.Net.Http.Json;
using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Capstan.Benchmarks;

/// <summary>
/// From the moment an event is recorded (its <c>created_at</c>) to the moment the first step's shell runs (what it says the time is), on an idle server with
/// a connected runner. Both clocks are this machine's.
/// </summary>
internal static class EventToStepBench
{
    private const int Runs = 100;

    /// <summary>
    /// Before the measured ones: a server that has just started compiles what it does often anew, and its database makes plans; that is a matter of its first hundred events and not
    /// of every one.
    /// </summary>
    private const int WarmUpRuns = 100;
    private const string Script = "echo started $EPOCHREALTIME";

    /// <summary>Event, run with its jobs, claim: what must be on disk before a step may start.</summary>
    private const int CommitsOnThePath = 3;

    /// <summary>From the end of a run to the next event: what follows a run (its folder, its log, the runner's next poll) is over by then, and the server is idle.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(100);

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: 1, cancel);
        await system.CreateRepositoryAsync("one", $"on: workflow_dispatch\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {Script}\n", cancel);
        await using var database = await system.OpenDatabaseAsync(cancel);
        var samples = new Samples();
        for (var i = -WarmUpRuns; i < Runs; i++)
        {
            var run = await system.DispatchAsync("one", cancel);
            await system.WaitForRunAsync("one", run, Rest, cancel);
            await Task.Delay(Rest, TimeProvider.System, cancel);
            if (i >= 0)
            {
                samples.Add((await StartedAsync(system, run, cancel) - await RecordedAsync(database, run, cancel)).TotalMilliseconds);
            }
        }

        var bare = (CommitsOnThePath * await BareLimits.CommitAsync(database, cancel)) + await BareLimits.ShellAsync(Script, cancel);
        BenchTable.Print(new BenchRow("event accepted to first step's process started, p50", samples.Median, bare, "ms", $"goal: under 15 ms; bare: {CommitsOnThePath} commits and a shell; {Runs} runs"));
        BenchTable.Print(new BenchRow("event accepted to first step's process started, p99", samples.Percentile(99), bare, "ms", "goal: under 60 ms"));
    }

    private static async Task<DateTimeOffset> RecordedAsync(NpgsqlConnection database, long run, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("select e.created_at from trigger_events e join actions_workflow_runs r on r.trigger_event_id = e.id where r.id = $1", database);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = run });
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(cancel))!, TimeSpan.Zero);
    }

    private static async Task<DateTimeOffset> StartedAsync(SystemUnderTest system, long run, CancellationToken cancel)
    {
        var jobs = await system.Http.GetFromJsonAsync<JsonElement>($"v1/repos/bench/one/runs/{run}/jobs", cancel);
        var job = jobs[0].GetProperty("id").GetInt64();
        var log = await system.Http.GetStringAsync(new Uri($"{system.Url}/v1/repos/bench/one/jobs/{job}/logs/text"), cancel);
        var text = log.Split('\n').First(l => l.Contains(" started 1", StringComparison.Ordinal)).Split(' ')[^1];
        var microseconds = long.Parse(text.Replace(".", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        return DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);
    }
}
