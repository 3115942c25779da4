using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Capstan.Contracts;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Hosting;

namespace Capstan.Server.Hosting;

/// <summary>
/// Streams of server-sent events, which people leave open for days. An address has so many at a time. A stream ends after a while, and its viewer comes back by itself
/// (with the id of the last event): so a viewer is asked again and again who they are, and one who may not look any more stops seeing. Thread-safe.
/// </summary>
internal sealed class EventStreams(IHostApplicationLifetime server, TimeProvider clock)
{
    public const int MaxPerAddress = 256;

    public static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(10);

    /// <summary>Something is sent at least so often: shorter than the time after which proxies give up on a silent connection.</summary>
    public static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    private readonly Turns<string> turns = new(MaxPerAddress);

    /// <param name="follow">The events, until the token is cancelled: by the viewer's leaving, the stream's age, or a server that stops and does not wait for viewers.</param>
    public async Task<Results<ServerSentEventsResult<T>, ProblemHttpResult>> OpenAsync<T>(HttpContext context, Func<CancellationToken, IAsyncEnumerable<SseItem<T>>> follow)
    {
        var response = context.Response;
        if (await turns.TryEnterAsync(Authenticator.AddressOf(context), TimeSpan.Zero, context.RequestAborted) is not { } turn)
        {
            response.Headers.RetryAfter = "30";
            return Problems.Of(
                StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyRequests, $"{MaxPerAddress} streams of events are open from this address already. Close some.");
        }

        var life = new CancellationTokenSource(LongestLife, clock);
        var end = CancellationTokenSource.CreateLinkedTokenSource(life.Token, context.RequestAborted, server.ApplicationStopping);
        response.RegisterForDispose(turn);
        response.RegisterForDispose(life);
        response.RegisterForDispose(end);

        // Proxies that gather an answer before they pass it on would show nothing for long.
        response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(UntilEnd(follow, end.Token));
    }

    /// <summary>A cancelled stream just ends.</summary>
    private static async IAsyncEnumerable<SseItem<T>> UntilEnd<T>(
        Func<CancellationToken, IAsyncEnumerable<SseItem<T>>> follow, CancellationToken end, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, cancellationToken);
        await using var source = follow(either.Token).GetAsyncEnumerator(either.Token);
        while (await MoveAsync(source, either.Token))
            yield return source.Current;
    }

    private static async Task<bool> MoveAsync<T>(IAsyncEnumerator<SseItem<T>> source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.MoveNextAsync();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
