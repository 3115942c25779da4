using System.Collections.Concurrent;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Cli.Tests.Runs;

/// <summary>A server over a real connection that knows one run with one job, and ends each event stream in the middle the first time, as a restart does.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    /// <summary>An event stream that ends at once, without an event.</summary>
    public const string SilentEvents = "/v1/silent-events";

    private static readonly DateTimeOffset Time = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly WebApplication app;
    private readonly Conclusion conclusion;
    private int runStreams;
    private int listed;

    private FakeServer(Conclusion conclusion, int emptyLists)
    {
        this.conclusion = conclusion;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        app = builder.Build();
        app.UseRouting();
        const string repository = "/v1/repos/acme/web";
        app.MapGet($"{repository}/runs", context => WriteAsync(context, new RunListResponse(Interlocked.Increment(ref listed) > emptyLists ? [Run(Status.InProgress)] : [])));
        app.MapGet($"{repository}/runs/7", context => WriteAsync(context, Run(Status.Completed)));
        app.MapGet($"{repository}/jobs/5", context => context.Response.WriteAsJsonAsync(Job(Status.Completed, withSteps: true), ContractsJson.Default.JobResponse));
        app.MapGet($"{repository}/runs/7/events", RunEventsAsync);
        app.MapGet($"{repository}/events", context => context.Response.WriteAsJsonAsync(new Page<TriggerEventResponse>(Events), ContractsJson.Default.TriggerEventPage));
        app.MapGet($"{repository}/jobs/5/log-events", LogEventsAsync);
        app.MapGet(SilentEvents, context =>
        {
            context.Response.ContentType = "text/event-stream";
            return Task.CompletedTask;
        });
    }

    /// <summary>What log viewers said they had read, in order; null for nothing.</summary>
    public ConcurrentQueue<string?> LogCursors { get; } = new();

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>What <c>…/events</c> answers.</summary>
    public IReadOnlyList<TriggerEventResponse> Events { get; set; } = [];

    /// <param name="emptyLists">So often the commit has become no run yet.</param>
    public static async Task<FakeServer> StartAsync(Conclusion conclusion, int emptyLists = 0)
    {
        var server = new FakeServer(conclusion, emptyLists);
        await server.app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task RunEventsAsync(HttpContext context)
    {
        var isFirst = Interlocked.Increment(ref runStreams) == 1;
        var run = JsonSerializer.Serialize(new RunEventResponse(Run(isFirst ? Status.InProgress : Status.Completed)), ContractsJson.Default.RunEventResponse);
        await WriteEventAsync(context, "run", run, id: null);
    }

    private async Task LogEventsAsync(HttpContext context)
    {
        LogCursors.Enqueue(context.Request.Query["after"]);
        var isFirst = LogCursors.Count == 1;
        var lines = new LogLinesEvent(9, 1, isFirst ? 1 : 2, [isFirst ? "2026-01-05T12:00:00Z first" : "2026-01-05T12:00:01Z second"]);
        await WriteEventAsync(context, "log", JsonSerializer.Serialize(lines, ContractsJson.Default.LogLinesEvent), isFirst ? "9/1:1" : "9/1:2");
        if (!isFirst)
            await WriteEventAsync(context, "end", JsonSerializer.Serialize(new LogEndEvent(conclusion), ContractsJson.Default.LogEndEvent), "9/1:2");
    }

    private static async Task WriteEventAsync(HttpContext context, string type, string data, string? id)
    {
        if (!context.Response.HasStarted)
            context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"event: {type}\n{(id is null ? "" : $"id: {id}\n")}data: {data}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static Task WriteAsync(HttpContext context, RunListResponse runs) => context.Response.WriteAsJsonAsync(runs, ContractsJson.Default.RunListResponse);

    private static Task WriteAsync(HttpContext context, RunResponse run) => context.Response.WriteAsJsonAsync(run, ContractsJson.Default.RunResponse);

    private RunResponse Run(Status status)
    {
        Conclusion? ended = status == Status.Completed ? conclusion : null;
        return new RunResponse(
            7, 3, 1, "Fix it", "CI", "ci.yml", "push", "refs/heads/main", "abcdef0123", "ada", status, ended, null, Time, Time, ended is null ? null : Time.AddSeconds(2),
            StatusProjections.OfRun(status, ended), [Job(status, withSteps: false)]);
    }

    private JobResponse Job(Status status, bool withSteps)
    {
        Conclusion? ended = status == Status.Completed ? conclusion : null;
        return new JobResponse(
            5, 7, 1, "build", "build", "build", status, ended, null, [], ["linux"], "runner", 9, Time, Time, ended is null ? null : Time.AddSeconds(2), StatusProjections.OfRun(status, ended),
            Steps: withSteps ? [new StepResponse(1, "Compile", status, ended, ended, Time, Time, null, null)] : null);
    }
}
