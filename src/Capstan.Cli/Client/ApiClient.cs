using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace Capstan.Cli.Client;

/// <summary>
/// Calls the server's <c>/v1</c>. Answers below 400 are returned; a refusal becomes a <see cref="CommandException"/> with the server's own words, and an
/// unreachable server one that names its address. Safe for concurrent use.
/// </summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>For everything but event streams, which last as long as what they tell about.</summary>
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(100);

    private readonly HttpClient http;

    private ApiClient(HttpClient http) => this.http = http;

    /// <summary>The server's address without a slash at its end.</summary>
    public string Url => http.BaseAddress!.AbsoluteUri.TrimEnd('/');

    /// <exception cref="CommandException">No server is known.</exception>
    public static ApiClient Open(ServerSettings settings)
    {
        if (settings.Url is null)
        {
            throw CommandException.Usage($"No server is known. Sign in with 'capstan login URL', or set {ServerSettings.UrlVariable}.");
        }

        return Open(settings.Url, settings.Token is null ? null : new AuthenticationHeaderValue("Bearer", settings.Token));
    }

    /// <summary>A client that signs in with every call: for the first ones, which make a token.</summary>
    public static ApiClient OpenWithPassword(string url, string username, string password) =>
        Open(url, new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{username}:{password}"))));

    private static ApiClient Open(string url, AuthenticationHeaderValue? credentials)
    {
        var client = new HttpClient { BaseAddress = new Uri(url + "/"), Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("capstan", ProgramVersion.Text));
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        client.DefaultRequestHeaders.Authorization = credentials;
        return new ApiClient(client);
    }

    /// <param name="path">Relative, for example <c>v1/runs</c>.</param>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await AnswerAsync(request, type, cancel);
    }

    public async Task<T> PostAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, bodyType) };
        return await AnswerAsync(request, type, cancel);
    }

    /// <inheritdoc cref="PostAsync{TBody, T}"/>
    public async Task<T> PutAsync<TBody, T>(string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body, bodyType) };
        return await AnswerAsync(request, type, cancel);
    }

    /// <summary>A request with a body (or none) whose answer, if there is one, is not read.</summary>
    public async Task SendAsync<TBody>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, bodyType) };
        using var answer = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
    }

    /// <inheritdoc cref="SendAsync{TBody}(HttpMethod, string, TBody, JsonTypeInfo{TBody}, CancellationToken)"/>
    public async Task SendAsync(HttpMethod method, string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        using var answer = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
    }

    /// <summary>The body as it comes, for logs and event streams. The caller disposes the stream.</summary>
    /// <param name="accept">The media type asked for, for example <c>text/event-stream</c>.</param>
    public async Task<Stream> StreamAsync(string path, string accept, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        var answer = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        return await answer.Content.ReadAsStreamAsync(cancel);
    }

    public void Dispose() => http.Dispose();

    private async Task<T> AnswerAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var answer = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel);
        return await answer.Content.ReadFromJsonAsync(type, cancel)
            ?? throw CommandException.Environment($"The server at {Url} gave an empty answer to {request.Method} {request.RequestUri}.");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(LongestAnswer);
        try
        {
            var answer = await http.SendAsync(request, completion, limit.Token);
            if (answer.StatusCode < HttpStatusCode.BadRequest)
            {
                return answer;
            }

            using (answer)
            {
                throw await Refusal.ReadAsync(answer, Url, cancel);
            }
        }
        catch (HttpRequestException e)
        {
            throw CommandException.Environment($"The server at {Url} cannot be reached ({e.Message}). Is it running there?");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw CommandException.Environment($"The server at {Url} gave no answer in {LongestAnswer.TotalSeconds} seconds.");
        }
    }
}
