using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;

namespace Capstan.Runner.Agent;

/// <summary>The calls of a registered runner. One connection pool for all jobs; safe from any thread.</summary>
internal sealed class ServerConnection : IDisposable
{
    /// <summary>Longer than any call that is no poll takes on a living server.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    /// <summary>What a poll may take beyond the time it asked for.</summary>
    private static readonly TimeSpan PollSlack = TimeSpan.FromSeconds(10);

    private readonly HttpClient http;
    private readonly TimeProvider clock;

    public ServerConnection(RunnerRegistration registration, TimeProvider clock)
    {
        this.clock = clock;
        http = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            UseCookies = false,
            AllowAutoRedirect = false,
        })
        {
            BaseAddress = new Uri(registration.ServerUrl.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", registration.Credential);
        http.DefaultRequestHeaders.Add(Protocol.VersionHeader, Protocol.CurrentVersion.ToString(CultureInfo.InvariantCulture));
    }

    public Task<ServerAnswer<HeartbeatResponse>> HeartbeatAsync(HeartbeatRequest request, CancellationToken cancel) =>
        CallAsync(
            "v1/runner/heartbeat",
            JsonContent.Create(request, ContractsJson.Default.HeartbeatRequest),
            fencingToken: null,
            CallLimit,
            ContractsJson.Default.HeartbeatResponse,
            cancel);

    /// <returns>Done with null when there was nothing to do.</returns>
    public Task<ServerAnswer<JobMessage?>> AcquireAsync(AcquireRequest request, CancellationToken cancel) =>
        CallAsync<JobMessage?>(
            "v1/runner/acquire",
            JsonContent.Create(request, ContractsJson.Default.AcquireRequest),
            fencingToken: null,
            TimeSpan.FromSeconds(request.WaitSeconds) + PollSlack,
            ContractsJson.Default.JobMessage!,
            cancel);

    public Task<ServerAnswer<RenewResponse>> RenewAsync(JobMessage job, RenewRequest request, CancellationToken cancel) => CallAsync(
        Address(job, "renew"),
        JsonContent.Create(request, ContractsJson.Default.RenewRequest),
        job.FencingToken,
        TimeSpan.FromSeconds(request.WaitSeconds) + PollSlack,
        ContractsJson.Default.RenewResponse,
        cancel);

    public Task<ServerAnswer<bool>> ReportStepsAsync(JobMessage job, StepsRequest request, CancellationToken cancel) =>
        CallAsync<bool>(Address(job, "steps"), JsonContent.Create(request, ContractsJson.Default.StepsRequest), job.FencingToken, CallLimit, answer: null, cancel);

    public Task<ServerAnswer<bool>> CompleteAsync(JobMessage job, CompleteRequest request, CancellationToken cancel) =>
        CallAsync<bool>(Address(job, "complete"), JsonContent.Create(request, ContractsJson.Default.CompleteRequest), job.FencingToken, CallLimit, answer: null, cancel);

    /// <summary>Appends a chunk; an offset that does not fit is answered with the one that does, as a success.</summary>
    public async Task<ServerAnswer<LogAppendResponse>> AppendLogAsync(JobMessage job, int stream, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var address = string.Create(CultureInfo.InvariantCulture, $"v1/executions/{job.ExecutionId}/logs/{stream}?offset={offset}");
        return await CallAsync(address, content, job.FencingToken, CallLimit, ContractsJson.Default.LogAppendResponse, cancel);
    }

    /// <param name="markdown">UTF-8.</param>
    public Task<ServerAnswer<bool>> SendSummaryAsync(JobMessage job, int step, ReadOnlyMemory<byte> markdown, CancellationToken cancel)
    {
        var content = new ReadOnlyMemoryContent(markdown);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/markdown");
        return CallAsync<bool>(string.Create(CultureInfo.InvariantCulture, $"{Address(job, "summaries")}?step={step}"), content, job.FencingToken, CallLimit, answer: null, cancel);
    }

    public void Dispose() => http.Dispose();

    private static string Address(JobMessage job, string call) => string.Create(CultureInfo.InvariantCulture, $"v1/executions/{job.ExecutionId}/{call}");

    private async Task<ServerAnswer<T>> CallAsync<T>(
        string address, HttpContent content, long? fencingToken, TimeSpan limit, JsonTypeInfo<T>? answer, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        if (fencingToken is { } token) request.Headers.Add(Protocol.FencingTokenHeader, token.ToString(CultureInfo.InvariantCulture));
        using var timeout = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        try
        {
            using var response = await http.SendAsync(request, both.Token);
            return await ReadAsync(response, answer, both.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new ServerAnswer<T>.Unreachable($"no answer within {limit.TotalSeconds} seconds");
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            return new ServerAnswer<T>.Unreachable(error.Message);
        }
    }

    private static async Task<ServerAnswer<T>> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T>? answer, CancellationToken cancel)
    {
        if (response.StatusCode == HttpStatusCode.NoContent || (response.IsSuccessStatusCode && answer is null)) return new ServerAnswer<T>.Done(default!);
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        if (response.IsSuccessStatusCode) return new ServerAnswer<T>.Done(JsonSerializer.Deserialize(body, answer!)!);

        var (code, detail) = Refusal.Read(body, (int)response.StatusCode);
        return code switch
        {
            ErrorCodes.ExecutionLost => new ServerAnswer<T>.Lost(),
            ErrorCodes.RunnerVersionUnsupported => new ServerAnswer<T>.VersionUnsupported(detail),
            ErrorCodes.LogOffsetMismatch when answer is not null => new ServerAnswer<T>.Done(JsonSerializer.Deserialize(body, answer)!),
            ErrorCodes.Unauthenticated => new ServerAnswer<T>.NotRegistered(),
            _ when response.StatusCode == HttpStatusCode.Unauthorized => new ServerAnswer<T>.NotRegistered(),

            // 408, 429 and everything from 500 on: a server that starts, stops, or has no database just now.
            _ when (int)response.StatusCode is 408 or 429 or >= 500 => new ServerAnswer<T>.Unreachable(detail),
            _ => new ServerAnswer<T>.Refused(code, detail),
        };
    }
}
