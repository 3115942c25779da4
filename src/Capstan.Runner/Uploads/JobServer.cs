using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Agent;

namespace Capstan.Runner.Uploads;

/// <summary>
/// The calls that a job makes to its server in its own name, with its token. What is not answered, or with "later", is tried again until it is cancelled: the job's time limit is the
/// limit. A server that answers that it has failed (its disk is full, say) is asked <see cref="MaxFailures"/> times. Connects when the first call is made. Safe from any thread.
/// </summary>
/// <remarks>A job that waits says so once: its step would look as if it hung.</remarks>
internal sealed class JobServer : IDisposable
{
    /// <summary>Longer than any small call takes on a living server.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    /// <summary>Of a block on a slow line, and of a commit that puts ten thousand of them together.</summary>
    private static readonly TimeSpan LongCallLimit = TimeSpan.FromMinutes(10);

    private const int CopyBytes = 128 * 1024;

    /// <summary>So often in one call may the server fail; with the waits between them this takes some twenty seconds.</summary>
    public const int MaxFailures = 12;

    /// <summary>How many attempts in a row fail before that is told: a server that is busy for a moment is no outage.</summary>
    private const int SilentAttempts = 3;

    /// <summary>What is told.</summary>
    public const string Waiting = "The server does not answer: what is sent to it and fetched from it is tried again until it does.";

    private readonly HttpClient http;
    private readonly JobMessage job;
    private readonly TimeProvider clock;
    private readonly Action<string> tell;
    private int told;

    /// <param name="tell">Writes <see cref="Waiting"/> for the user; from any thread, once.</param>
    public JobServer(JobMessage job, TimeProvider clock, Action<string> tell)
    {
        this.job = job;
        this.clock = clock;
        this.tell = tell;
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false, AllowAutoRedirect = false };
        http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="path">Begins with a slash.</param>
    /// <param name="token">Null: the job's own.</param>
    public Task<StoreResult<T>> GetAsync<T>(string path, JsonTypeInfo<T> answer, CancellationToken cancel, string? token = null) =>
        CallAsync(HttpMethod.Get, path, content: null, CallLimit, answer, token, cancel);

    public Task<StoreResult<bool>> DeleteAsync(string path, CancellationToken cancel) =>
        CallAsync<bool>(HttpMethod.Delete, path, content: null, CallLimit, answer: null, token: null, cancel);

    /// <returns>Done with null when the server has nothing to say (204).</returns>
    public Task<StoreResult<TAnswer?>> PostAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> form, JsonTypeInfo<TAnswer> answer, CancellationToken cancel) =>
        CallAsync(HttpMethod.Post, path, () => JsonContent.Create(request, form), LongCallLimit, answer!, token: null, cancel)!;

    public Task<StoreResult<bool>> PutAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
        CallAsync<bool>(HttpMethod.Put, path, () => Bytes(bytes), LongCallLimit, answer: null, token: null, cancel);

    /// <summary>Writes the bytes of a thing that never changes to a stream; goes on where it was when the line breaks.</summary>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public async Task<StoreResult<bool>> DownloadAsync(string path, Stream target, CancellationToken cancel, string? token = null)
    {
        var backoff = NewBackoff();
        var attempts = 0;
        var failures = 0;
        var buffer = new byte[CopyBytes];
        var offset = 0L;
        var writing = false;
        while (true)
        {
            try
            {
                using var request = Request(HttpMethod.Get, path, token);
                if (offset > 0) request.Headers.Range = new RangeHeaderValue(offset, to: null);
                using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CallLimit, cancel);

                // Broken off after the last byte, before its end was told.
                if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return new StoreResult<bool>.Done(true);
                if (response.IsSuccessStatusCode)
                {
                    await using var from = await response.Content.ReadAsStreamAsync(cancel);
                    while (await from.ReadAsync(buffer, cancel) is > 0 and var read)
                    {
                        writing = true;
                        await target.WriteAsync(buffer.AsMemory(0, read), cancel);
                        writing = false;
                        offset += read;
                        backoff.Reset();
                        (attempts, failures) = (0, 0);
                    }

                    return new StoreResult<bool>.Done(true);
                }

                if (HasFailed(response)) failures++;
                if (await RefusalAsync<bool>(response, failures, cancel) is { } refused) return refused;
            }
            catch (Exception error) when (!writing && IsOutage(error, cancel))
            {
                // Tried again from where it broke off.
            }

            TellOnce(++attempts);
            await backoff.WaitAsync(cancel);
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<StoreResult<T>> CallAsync<T>(
        HttpMethod method, string path, Func<HttpContent>? content, TimeSpan limit, JsonTypeInfo<T>? answer, string? token, CancellationToken cancel)
    {
        var backoff = NewBackoff();
        var attempts = 0;
        var failures = 0;
        while (true)
        {
            try
            {
                using var request = Request(method, path, token);
                request.Content = content?.Invoke();
                using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, limit, cancel);
                if (response.StatusCode == HttpStatusCode.NoContent || (response.IsSuccessStatusCode && answer is null)) return new StoreResult<T>.Done(default!);
                if (response.IsSuccessStatusCode)
                {
                    return new StoreResult<T>.Done((await response.Content.ReadFromJsonAsync(answer!, cancel))!);
                }

                if (HasFailed(response)) failures++;
                if (await RefusalAsync<T>(response, failures, cancel) is { } refused) return refused;
            }
            catch (Exception error) when (IsOutage(error, cancel))
            {
                // Tried again.
            }

            TellOnce(++attempts);
            await backoff.WaitAsync(cancel);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, TimeSpan limit, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(limit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        return await http.SendAsync(request, completion, both.Token);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? token)
    {
        var request = new HttpRequestMessage(method, job.ServerUrl + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? job.Token);
        return request;
    }

    /// <param name="failures">With this answer.</param>
    /// <returns>Null: it is worth asking again.</returns>
    private static async Task<StoreResult<T>.Refused?> RefusalAsync<T>(HttpResponseMessage response, int failures, CancellationToken cancel)
    {
        var failed = HasFailed(response);
        if (SaysLater(response) || (failed && failures < MaxFailures)) return null;
        var (code, detail) = await Refusal.ReadAsync(response, cancel);
        return new StoreResult<T>.Refused(code, failed ? string.Create(CultureInfo.InvariantCulture, $"{detail} It was asked {failures} times.") : detail);
    }

    /// <summary>Too busy, restarting, or a proxy that does not reach it.</summary>
    private static bool SaysLater(HttpResponseMessage response) => (int)response.StatusCode is 408 or 429 or 502 or 503 or 504;

    private static bool HasFailed(HttpResponseMessage response) => (int)response.StatusCode >= 500 && !SaysLater(response);

    /// <summary>A broken line, no line, an answer cut short, or none in time.</summary>
    private static bool IsOutage(Exception error, CancellationToken cancel) =>
        error is HttpRequestException or IOException or JsonException || (error is OperationCanceledException && !cancel.IsCancellationRequested);

    private void TellOnce(int attempts)
    {
        if (attempts > SilentAttempts && Interlocked.Exchange(ref told, 1) == 0) tell(Waiting);
    }

    private Backoff NewBackoff() => new(clock, job.ExecutionId);

    private static ReadOnlyMemoryContent Bytes(ReadOnlyMemory<byte> bytes)
    {
        var content = new ReadOnlyMemoryContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }
}
