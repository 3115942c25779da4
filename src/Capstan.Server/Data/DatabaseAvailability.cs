using Capstan.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Data;

/// <summary>
/// Since when this server has had its database without a break. While it had none, no runner could renew a lease: so nothing expires until a lease length after
/// <see cref="Since"/>. Thread-safe.
/// </summary>
public sealed class DatabaseAvailability(TimeProvider clock)
{
    /// <summary>Two beats missed: the database, this process or the whole machine stood still.</summary>
    internal static readonly TimeSpan Break = ServerInstance.BeatEvery * 2;

    private readonly Lock gate = new();
    private DateTimeOffset since = clock.GetUtcNow();
    private DateTimeOffset lastSeen = clock.GetUtcNow();

    /// <summary>The server's start, or when the database came back after the last break.</summary>
    public DateTimeOffset Since
    {
        get
        {
            lock (gate)
                return clock.GetUtcNow() - lastSeen > Break ? clock.GetUtcNow() : since;
        }
    }

    internal void Seen()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (now - lastSeen > Break)
                since = now;
            lastSeen = now;
        }
    }

    internal void Missed()
    {
        lock (gate)
        {
            since = clock.GetUtcNow();
            lastSeen = since;
        }
    }
}

/// <summary>Says every few seconds that this server lives, and so learns whether the database does.</summary>
public sealed class ServerHeartbeat(ServerInstance instance, DatabaseAvailability availability, TimeProvider clock, WakeUps wakeUps, ILogger<ServerHeartbeat> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    protected override TimeSpan Interval => ServerInstance.BeatEvery;

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await instance.BeatAsync(cancellationToken);
            availability.Seen();
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            availability.Missed();
            throw;
        }
    }
}
