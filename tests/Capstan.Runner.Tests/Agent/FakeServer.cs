using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Capstan.Runner.Tests.Agent;

/// <summary>
/// The server's side of the runner protocol on a real port, with its rules (fencing, offsets, completeness) and switches for what can go wrong.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Channel<JobMessage> queue = Channel.CreateUnbounded<JobMessage>();
    private readonly ConcurrentDictionary<long, JobMessage> claimed = new();
    private readonly ConcurrentDictionary<(long Execution, int Stream), MemoryStream> logs = new();
    private readonly ConcurrentDictionary<long, CompleteRequest> completed = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<string?>> cancellations = new();
    private readonly ConcurrentDictionary<long, bool> lost = new();

    private FakeServer(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    /// <summary>Every call is cut off without an answer.</summary>
    public bool Down { get; set; }

    /// <summary>The step reports are not answered until set to false.</summary>
    public bool HoldSteps { get; set; }

    /// <summary>The answer to every n-th append is lost on the way although the bytes were stored.</summary>
    public int LoseEveryNthAppendAnswer { get; set; }

    public bool RefuseVersion { get; set; }

    public bool RefuseCredential { get; set; }

    /// <summary>What the report of an end carries of the log is not looked at, as by a server that knows nothing of it.</summary>
    public bool IgnoreTails { get; set; }

    public ConcurrentQueue<StepReport> Steps { get; } = new();

    /// <summary>Executions whose start was told.</summary>
    public ConcurrentQueue<long> Started { get; } = new();

    public ConcurrentQueue<HeartbeatRequest> Heartbeats { get; } = new();

    public ConcurrentQueue<string> Versions { get; } = new();

    /// <summary>What steps wrote for people, by execution and step.</summary>
    public ConcurrentDictionary<(long Execution, int Step), string> Summaries { get; } = new();

    public int Renewals;
    public int Appends;
    public int RefusedCalls;

    public IReadOnlyDictionary<long, CompleteRequest> Completed => completed;

    public static async Task<FakeServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.Configure<JsonOptions>(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default));
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractsJson.Default);
        });
        var app = builder.Build();
        var server = new FakeServer(app);
        server.Map();
        await app.StartAsync();
        server.Url = app.Urls.Single();
        return server;
    }

    public void Enqueue(JobMessage job) => queue.Writer.TryWrite(job);

    public void Cancel(long execution) => CancellationOf(execution).TrySetResult("a person asked");

    public void Lose(long execution)
    {
        lost[execution] = true;
        CancellationOf(execution).TrySetResult(null);
    }

    public string LogOf(long execution, int stream) =>
        logs.TryGetValue((execution, stream), out var bytes) ? Encoding.UTF8.GetString(Snapshot(bytes)) : "";

    public byte[] BytesOf(long execution, int stream) => logs.TryGetValue((execution, stream), out var bytes) ? Snapshot(bytes) : [];

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        foreach (var cancellation in cancellations.Values) cancellation.TrySetResult(null);
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private void Map()
    {
        app.Use(async (context, next) =>
        {
            if (Down)
            {
                context.Abort();
                return;
            }

            Versions.Enqueue(context.Request.Headers[Protocol.VersionHeader].ToString());
            if (RefuseVersion) await Problem(ErrorCodes.RunnerVersionUnsupported, 426).ExecuteAsync(context);
            else if (RefuseCredential || context.Request.Headers.Authorization != "Bearer the-credential") await Problem(ErrorCodes.Unauthenticated, 401).ExecuteAsync(context);
            else await next();
        });
        app.MapPost("/v1/runner/heartbeat", (HeartbeatRequest request) =>
        {
            Heartbeats.Enqueue(request);
            return Results.Ok(new HeartbeatResponse(Paused: false));
        });
        app.MapPost("/v1/runner/acquire", AcquireAsync);
        app.MapPost("/v1/executions/{id:long}/renew", RenewAsync);
        app.MapPost("/v1/executions/{id:long}/steps", StepsAsync);
        app.MapPost("/v1/executions/{id:long}/logs/{stream:int}", AppendAsync);
        app.MapPost("/v1/executions/{id:long}/summaries", SummaryAsync);
        app.MapPost("/v1/executions/{id:long}/complete", Complete);
    }

    private async Task<IResult> AcquireAsync(HttpContext context, AcquireRequest request)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(TimeSpan.FromSeconds(Math.Min(request.WaitSeconds, 2)));
        try
        {
            var job = await queue.Reader.ReadAsync(limit.Token);
            claimed[job.ExecutionId] = job;
            return Results.Ok(job);
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            return Results.NoContent();
        }
    }

    private async Task<IResult> RenewAsync(long id, RenewRequest request, HttpContext context)
    {
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        Interlocked.Increment(ref Renewals);
        var cancellation = CancellationOf(id).Task;
        if (request.WaitSeconds > 0) await Task.WhenAny(cancellation, Task.Delay(TimeSpan.FromSeconds(request.WaitSeconds), TimeProvider.System, context.RequestAborted));
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        return Results.Ok(cancellation.IsCompletedSuccessfully ? new RenewResponse(true, await cancellation) : new RenewResponse(false, null));
    }

    private async Task<IResult> StepsAsync(long id, StepsRequest request, HttpContext context)
    {
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        while (HoldSteps) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, context.RequestAborted);
        if (request.Started) Started.Enqueue(id);
        foreach (var step in request.Steps) Steps.Enqueue(step);
        return Results.NoContent();
    }

    private async Task<IResult> AppendAsync(long id, int stream, long offset, HttpContext context)
    {
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var log = logs.GetOrAdd((id, stream), _ => new MemoryStream());
        var number = Interlocked.Increment(ref Appends);
        lock (log)
        {
            if (offset != log.Length)
            {
                var again = offset + body.Length <= log.Length;
                return Results.Json(new { code = ErrorCodes.LogOffsetMismatch, next_offset = log.Length, again }, statusCode: 409);
            }

            log.Position = log.Length;
            body.WriteTo(log);
            if (LoseEveryNthAppendAnswer > 0 && number % LoseEveryNthAppendAnswer == 0)
            {
                context.Abort();
                return Results.Empty;
            }

            return Results.Ok(new LogAppendResponse(log.Length));
        }
    }

    private async Task<IResult> SummaryAsync(long id, int step, HttpContext context)
    {
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        if (completed.ContainsKey(id)) return Problem(ErrorCodes.ExecutionLost, 409);
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        Summaries[(id, step)] = await reader.ReadToEndAsync(context.RequestAborted);
        return Results.NoContent();
    }

    private IResult Complete(long id, CompleteRequest request, HttpContext context)
    {
        if (IsLost(id, context)) return Problem(ErrorCodes.ExecutionLost, 409);
        foreach (var tail in IgnoreTails ? [] : request.LogTails ?? [])
        {
            var log = logs.GetOrAdd((id, tail.Stream), _ => new MemoryStream());
            lock (log)
            {
                if (log.Length != tail.Offset) return Problem(ErrorCodes.LogOffsetMismatch, 409);
                log.Position = log.Length;
                log.Write(tail.Bytes);
            }
        }

        foreach (var (stream, length) in request.LogLengths)
        {
            if (BytesOf(id, stream).Length != length) return Problem(ErrorCodes.LogOffsetMismatch, 409);
        }

        completed[id] = request;
        CancellationOf(id).TrySetResult(null);
        return Results.NoContent();
    }

    private bool IsLost(long id, HttpContext context)
    {
        var token = context.Request.Headers[Protocol.FencingTokenHeader].ToString();
        var wrong = lost.ContainsKey(id) || !claimed.TryGetValue(id, out var job) || token != job.FencingToken.ToString(CultureInfo.InvariantCulture);
        if (wrong) Interlocked.Increment(ref RefusedCalls);
        return wrong;
    }

    private TaskCompletionSource<string?> CancellationOf(long id) =>
        cancellations.GetOrAdd(id, _ => new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously));

    private static byte[] Snapshot(MemoryStream bytes)
    {
        lock (bytes) return bytes.ToArray();
    }

    private static IResult Problem(string code, int status) => Results.Json(new { code, title = code, status }, statusCode: status);
}
