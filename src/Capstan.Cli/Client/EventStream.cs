using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

namespace Capstan.Cli.Client;

/// <summary>Follows server-sent events over lost connections and restarts of the server.</summary>
internal static class EventStream
{
    /// <summary>A server that restarts is back in seconds; one that is away for this many tries in a row is not.</summary>
    private const int MaxFailuresInARow = 60;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>A connection that held this long was good, even when nothing happened: proxies end silent ones.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    /// <param name="address">Given the last event's id (null at first), the path to go on from.</param>
    /// <param name="isLast">Of an event: nothing comes after it.</param>
    /// <exception cref="CommandException">The server refused, or stayed away.</exception>
    public static async IAsyncEnumerable<SseItem<string>> FollowAsync(
        ApiClient client, Func<string?, string> address, Func<SseItem<string>, bool> isLast, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? lastId = null;
        var failures = 0;
        while (true)
        {
            await using var connection = new Connection(await OpenAsync(client, address(lastId), failures, cancel));
            var opened = clock.GetTimestamp();
            while (await connection.NextAsync(cancel) is { } item)
            {
                failures = 0;
                lastId = item.EventId ?? lastId;
                yield return item;
                if (isLast(item))
                {
                    yield break;
                }
            }

            failures = clock.GetElapsedTime(opened) >= Lasting ? 0 : failures + 1;
            if (failures > MaxFailuresInARow)
            {
                throw CommandException.Environment($"{client.Url} ended the connection {failures} times in a row without an event.");
            }

            await Task.Delay(TryAgainAfter, clock, cancel);
        }
    }

    /// <returns>Null when the server cannot be reached at this moment and may come back.</returns>
    private static async Task<Stream?> OpenAsync(ApiClient client, string path, int failures, CancellationToken cancel)
    {
        try
        {
            return await client.StreamAsync(path, "text/event-stream", cancel);
        }
        catch (CommandException e) when (e.ExitCode == ExitCodes.Environment && failures < MaxFailuresInARow)
        {
            return null;
        }
    }

    private sealed class Connection(Stream? stream) : IAsyncDisposable
    {
        private IAsyncEnumerator<SseItem<string>>? items;

        public async Task<SseItem<string>?> NextAsync(CancellationToken cancel)
        {
            if (stream is null)
            {
                return null;
            }

            items ??= SseParser.Create(stream).EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
            try
            {
                return await items.MoveNextAsync() ? items.Current : null;
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // The connection broke in the middle: as if it had ended.
                return null;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (items is not null)
            {
                await items.DisposeAsync();
            }

            if (stream is not null)
            {
                await stream.DisposeAsync();
            }
        }
    }
}
