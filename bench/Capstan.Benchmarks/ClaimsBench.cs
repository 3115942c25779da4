using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
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
    private const int FinishedRuns = 1_000_000;
    private const int RegisteredAtOnce = 16;

    public static async Task RunAsync(PublishedPrograms programs, CancellationToken cancel)
    {
        await using var system = await SystemUnderTest.StartAsync(programs, slots: 1, cancel);
        await system.CreateRepositoryAsync("queue", Workflow, cancel);
        await using var database = await system.OpenDatabaseAsync(cancel);
        var runners = await RegisterAsync(system, cancel);

        var first = await MeasureAsync(system, database, runners, cancel);
        var bare = await BareLimits.ClaimsPerSecondAsync(database, cancel);
        BenchTable.Print(new BenchRow($"claims, {Runners:#,0} runners connected, {JobsInARun * RunsInAQueue:#,0} jobs queued", first, bare, "/s", "goal: over 2,000/s; bare: the plainest claim through one connection"));

        await FillHistoryAsync(database, cancel);
        var second = await MeasureAsync(system, database, runners, cancel);
        BenchTable.Print(new BenchRow($"the same with {FinishedRuns:#,0} finished runs", second, first, "/s", "goal: within 10 %; bare here is the row above"));
    }

    private static string Workflow =>
        $$$"""
        on: workflow_dispatch
        jobs:
          job:
            runs-on: [self-hosted, "label-${{ matrix.label }}"]
            strategy:
              matrix:
                label: [{{{string.Join(", ", Enumerable.Range(0, JobsInARun).Select(n => $"{n % Labels}.{n / Labels}"))}}}]
            steps:
              - run: echo hello
        """.Replace("\"label-${{ matrix.label }}\"", "\"${{ format('label-{0}', matrix.label) }}\"", StringComparison.Ordinal);

    private static async Task<IReadOnlyList<HttpClient>> RegisterAsync(SystemUnderTest system, CancellationToken cancel)
    {
        var clients = new HttpClient[Runners];
        await Parallel.ForAsync(0, Runners, new ParallelOptions { MaxDegreeOfParallelism = RegisteredAtOnce, CancellationToken = cancel }, async (n, stop) =>
        {
            using var made = await system.Http.PostAsJsonAsync("v1/runners/tokens", new { }, stop);
            made.EnsureSuccessStatusCode();
            var token = (await made.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("token").GetString()!;
            var client = new HttpClient { BaseAddress = new Uri(system.Url + "/"), Timeout = Timeout.InfiniteTimeSpan };
            client.DefaultRequestHeaders.Add(Protocol.VersionHeader, $"{Protocol.CurrentVersion}");
            var request = new RegisterRunnerRequest(token, $"simulated-{n}", "bench", ["self-hosted", .. LabelsOf(n)], new RunnerCapabilities("Linux", "X64", Docker: false, SlotsOfARunner));
            using var answer = await client.PostAsJsonAsync("v1/runners/register", request, ContractsJson.Default.RegisterRunnerRequest, stop);
            answer.EnsureSuccessStatusCode();
            var registered = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterRunnerResponse, stop);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", registered!.Credential);
            clients[n] = client;
        });
        return clients;
    }

    /// <summary>Each runner offers all variants of two of the labels.</summary>
    private static IEnumerable<string> LabelsOf(int runner) =>
        from label in new[] { runner % Labels, (runner / Labels) % Labels }.Distinct()
        from variant in Enumerable.Range(0, (JobsInARun / Labels) + 1)
        select $"label-{label}.{variant}";

    private static async Task<double> MeasureAsync(SystemUnderTest system, NpgsqlConnection database, IReadOnlyList<HttpClient> runners, CancellationToken cancel)
    {
        for (var i = 0; i < RunsInAQueue; i++)
        {
            await system.DispatchAsync("queue", cancel);
        }

        await BareLimits.ExecuteAsync(database, "analyze", cancel);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var wanted = JobsInARun * RunsInAQueue;
        var claimed = 0;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(runners.Select(async runner =>
        {
            await BeatAsync(runner, cancel);
            while (Volatile.Read(ref claimed) < wanted)
            {
                if (await PollAsync(runner, enough.Token) && Interlocked.Increment(ref claimed) == wanted)
                {
                    await enough.CancelAsync();
                }
            }
        }));
        var rate = wanted / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await BareLimits.ExecuteAsync(
            database,
            "update actions_job_executions set status = 'completed', conclusion = 'success', completed_at = coalesce(started_at, queued_at) where status <> 'completed'",
            cancel);
        return rate;
    }

    private static async Task BeatAsync(HttpClient runner, CancellationToken cancel)
    {
        var request = new HeartbeatRequest(0, new RunnerCapabilities("Linux", "X64", Docker: false, SlotsOfARunner));
        using var answer = await runner.PostAsJsonAsync("v1/runner/heartbeat", request, ContractsJson.Default.HeartbeatRequest, cancel);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<bool> PollAsync(HttpClient runner, CancellationToken enough)
    {
        try
        {
            using var answer = await runner.PostAsJsonAsync("v1/runner/acquire", new AcquireRequest(0, 5), ContractsJson.Default.AcquireRequest, enough);
            answer.EnsureSuccessStatusCode();
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Copies of the finished rows that are there, until there are enough.</summary>
    private static Task FillHistoryAsync(NpgsqlConnection database, CancellationToken cancel) => BareLimits.ExecuteAsync(database, HistorySql, cancel);

    private static readonly string HistorySql = $"""
        with template as (
            select r.* from actions_workflow_runs r order by id limit 1
        ), events as (
            insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, state, created_at, not_before, processed_at)
            select e.repository_id, e.event, e.ref, e.head_sha, e.actor_id, '{"{}"}', 'processed', e.created_at, e.not_before, e.created_at
            from trigger_events e, generate_series(1, {FinishedRuns}) where e.id = (select trigger_event_id from template)
            returning id
        ), numbered as (
            select id, row_number() over (order by id) + 1000000 as number from events
        ), runs as (
            insert into actions_workflow_runs (repository_id, workflow_id, workflow_version_id, run_number, title, event, trigger_event_id, head_repository_id, ref, head_sha, actor_id, trust,
                status, conclusion, created_at, started_at, completed_at, updated_at)
            select t.repository_id, t.workflow_id, t.workflow_version_id, n.number, t.title, t.event, n.id, t.head_repository_id, t.ref, t.head_sha, t.actor_id, t.trust,
                'completed', 'success', t.created_at, t.created_at, t.created_at, t.created_at
            from template t, numbered n
            returning id
        ), attempts as (
            insert into actions_run_attempts (run_id, attempt, requested_by, why, status, conclusion, open_nodes, created_at, started_at, completed_at)
            select r.id, 1, t.actor_id, 'history', 'completed', 'success', 0, t.created_at, t.created_at, t.created_at from runs r, template t
            returning id, run_id
        ), jobs as (
            insert into actions_jobs (run_id, attempt_id, job_key, name, label_set_id, status, conclusion, created_at, queued_at, started_at, completed_at)
            select a.run_id, a.id, 'job', 'job', (select min(id) from actions_label_sets), 'completed', 'success', t.created_at, t.created_at, t.created_at, t.created_at from attempts a, template t
            returning id
        )
        insert into actions_job_executions (job_id, number, repository_id, organization_id, label_set_id, priority, status, conclusion, queued_at, started_at, completed_at)
        select j.id, 1, t.repository_id, (select organization_id from repositories where id = t.repository_id), (select min(id) from actions_label_sets), 0, 'completed', 'success',
            t.created_at, t.created_at, t.created_at
        from jobs j, template t
        """;
}
