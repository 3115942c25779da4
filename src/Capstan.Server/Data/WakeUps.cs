using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Data;

/// <summary>
/// Tells waiters, here and on other servers of the same database, to look at the database again. A signal carries no news: losing one costs time, never
/// correctness, because every waiter looks again after <see cref="LookAgainAfter"/> anyway. Thread-safe; one per server.
/// </summary>
/// <remarks>
/// A signal is raised after the commit, never inside the transaction: NOTIFY in a transaction takes a lock that serialises all commits. Local waiters are woken
/// at once; one notifier merges what came meanwhile and tells the other servers at most every <see cref="MergeFor"/>.
/// </remarks>
public sealed class WakeUps : IAsyncDisposable
{
    /// <summary>The longest a waiter waits without looking.</summary>
    public static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);

    private const string PostgresChannel = "capstan_wake_ups";

    /// <summary>A NOTIFY payload must be shorter than 8000 bytes. Source: https://www.postgresql.org/docs/15/sql-notify.html</summary>
    private const int MaxPayloadChars = 7000;

    private static readonly TimeSpan MergeFor = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromMilliseconds(250);

    private readonly Database database;
    private readonly TimeProvider clock;
    private readonly ILogger<WakeUps> logger;
    private readonly string sender = Guid.NewGuid().ToString("N");
    private readonly Lock gate = new();
    private readonly Dictionary<string, HashSet<WakeUp>> waiters = [];
    private readonly HashSet<string> outgoing = [];
    private readonly Channel<bool> somethingOutgoing = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public WakeUps(Database database, TimeProvider clock, ILogger<WakeUps> logger)
    {
        this.database = database;
        this.clock = clock;
        this.logger = logger;
    }

    /// <summary>Begins to exchange signals with other servers. Without it, signals stay within this process.</summary>
    public void Start() => running = Task.WhenAll(Task.Run(ListenAsync, CancellationToken.None), Task.Run(NotifyAsync, CancellationToken.None));

    /// <summary>Wakes whoever waits on the channel. To be called after the commit of what there is to see.</summary>
    public void Signal(string channel)
    {
        WakeLocal(channel);
        lock (gate)
            outgoing.Add(channel);
        somethingOutgoing.Writer.TryWrite(true);
    }

    /// <summary>
    /// Subscribes before the first look, so that no signal between look and wait is lost: subscribe, then loop { look; <see cref="WakeUp.WaitAsync"/> }.
    /// </summary>
    public WakeUp Subscribe(string channel)
    {
        var waiter = new WakeUp(this, channel, clock);
        lock (gate)
        {
            if (!waiters.TryGetValue(channel, out var all))
                waiters.Add(channel, all = []);
            all.Add(waiter);
        }

        return waiter;
    }

    /// <summary>Waits for the next signal, and at most <paramref name="atMost"/> or <see cref="LookAgainAfter"/>. A signal just before the call is missed: see <see cref="Subscribe"/>.</summary>
    public async Task WaitAsync(string channel, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var wakeUp = Subscribe(channel);
        await wakeUp.WaitAsync(atMost, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        stopping.Dispose();
    }

    internal void Unsubscribe(WakeUp waiter)
    {
        lock (gate)
        {
            if (waiters.TryGetValue(waiter.Channel, out var all) && all.Remove(waiter) && all.Count == 0)
                waiters.Remove(waiter.Channel);
        }
    }

    private void WakeLocal(string channel)
    {
        lock (gate)
        {
            if (!waiters.TryGetValue(channel, out var all))
                return;
            foreach (var waiter in all)
                waiter.Wake();
        }
    }

    // After a lost connection nobody knows what was signalled meanwhile.
    private void WakeAll()
    {
        lock (gate)
        {
            foreach (var waiter in waiters.Values.SelectMany(all => all))
                waiter.Wake();
        }
    }

    private async Task ListenAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenUnpooledAsync(stopping.Token);
                connection.Notification += (_, notification) => Receive(notification.Payload);
                await using (var listen = new NpgsqlCommand($"listen {PostgresChannel}", connection))
                    await listen.ExecuteNonQueryAsync(stopping.Token);
                WakeAll();
                while (true)
                    await connection.WaitAsync(stopping.Token);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                logger.LogDebug(e, "The connection that hears wake-ups was lost; it is opened again.");
                await PauseAsync(ReconnectAfter);
            }
        }
    }

    private void Receive(string payload)
    {
        var lines = payload.Split('\n');
        if (lines[0] == sender)
            return;
        foreach (var channel in lines.Skip(1))
            WakeLocal(channel);
    }

    private async Task NotifyAsync()
    {
        while (await WaitForOutgoingAsync())
        {
            try
            {
                await SendOutgoingAsync();
                await PauseAsync(MergeFor);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Other servers look again by themselves; what was to be sent is forgotten rather than piled up during an outage.
                logger.LogDebug(e, "Wake-ups could not be sent to other servers.");
                await PauseAsync(ReconnectAfter);
            }
        }
    }

    private async Task<bool> WaitForOutgoingAsync()
    {
        try
        {
            await somethingOutgoing.Reader.ReadAsync(stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendOutgoingAsync()
    {
        string[] channels;
        lock (gate)
        {
            channels = [.. outgoing];
            outgoing.Clear();
        }

        await using var connection = await database.OpenAsync(stopping.Token);
        foreach (var payload in Payloads(channels))
        {
            await using var notify = new NpgsqlCommand("select pg_notify($1, $2)", connection) { Parameters = { new() { Value = PostgresChannel }, new() { Value = payload } } };
            await notify.ExecuteNonQueryAsync(stopping.Token);
        }
    }

    private IEnumerable<string> Payloads(string[] channels)
    {
        var payload = new System.Text.StringBuilder(sender);
        foreach (var channel in channels)
        {
            if (payload.Length + channel.Length + 1 > MaxPayloadChars)
            {
                yield return payload.ToString();
                payload.Clear().Append(sender);
            }

            payload.Append('\n').Append(channel);
        }

        yield return payload.ToString();
    }

    // Real time on purpose: a test's clock that stands still must not stop signals between servers.
    private async Task PauseAsync(TimeSpan time) =>
        await Task.Delay(time, TimeProvider.System, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}

/// <summary>One waiter's subscription. For one caller at a time; remembers a signal that came while nobody waited.</summary>
public sealed class WakeUp : IDisposable
{
    private readonly WakeUps owner;
    private readonly TimeProvider clock;
    private readonly SemaphoreSlim signalled = new(0, 1);

    internal WakeUp(WakeUps owner, string channel, TimeProvider clock)
    {
        this.owner = owner;
        this.clock = clock;
        Channel = channel;
    }

    internal string Channel { get; }

    /// <summary>Returns at the next signal (at once when one came since the last wait), and at the latest after <paramref name="atMost"/> or <see cref="WakeUps.LookAgainAfter"/>.</summary>
    /// <returns>Whether there was a signal.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (signalled.Wait(0, CancellationToken.None))
            return true;
        var limit = atMost < WakeUps.LookAgainAfter ? atMost : WakeUps.LookAgainAfter;
        if (limit <= TimeSpan.Zero)
            return false;
        using var timeout = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await signalled.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose()
    {
        owner.Unsubscribe(this);
        signalled.Dispose();
    }

    // Called with the owner's lock held, so that it never meets Dispose half done.
    internal void Wake()
    {
        if (signalled.CurrentCount == 0)
            signalled.Release();
    }
}
