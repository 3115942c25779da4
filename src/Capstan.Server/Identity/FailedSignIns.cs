using System.Collections.Concurrent;
using Capstan.Server.Organizations;

namespace Capstan.Server.Identity;

/// <summary>
/// Counts wrong passwords by name and address, and by address alone, so that guessing is slow. By name and address together, because a stranger elsewhere must
/// not be able to lock a user out. In memory: each server counts for itself. Thread-safe.
/// </summary>
public sealed class FailedSignIns(TimeProvider clock)
{
    /// <summary>Wrong passwords for one name from one address within <see cref="Window"/>.</summary>
    public const int MaxPerNameAndAddress = 10;

    /// <summary>Wrong passwords from one address within <see cref="Window"/>, whatever the name.</summary>
    public const int MaxPerAddress = 100;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>Beyond this many counters the oldest windows are dropped: a limit on memory, not on attackers.</summary>
    private const int MaxCounters = 100_000;

    private readonly ConcurrentDictionary<string, Counter> counters = new(StringComparer.Ordinal);

    /// <returns>How long to wait before the next attempt; null: it may be made now.</returns>
    public TimeSpan? MustWait(string username, string address) =>
        Left(NameKey(username, address), MaxPerNameAndAddress) ?? Left(address, MaxPerAddress);

    public void Failed(string username, string address)
    {
        if (counters.Count > MaxCounters)
            Sweep();
        Count(NameKey(username, address));
        Count(address);
    }

    public void Succeeded(string username, string address) => counters.TryRemove(NameKey(username, address), out _);

    // A name that nobody can have is not kept: thousands of them, as long as a form may be, would fill the memory.
    private static string NameKey(string username, string address) => $"{address} {(username.Length > Slugs.MaxLength ? "" : username.ToLowerInvariant())}";

    private TimeSpan? Left(string key, int limit) =>
        counters.TryGetValue(key, out var counter) && counter.Failures >= limit && counter.Until - clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left : null;

    private void Count(string key)
    {
        var now = clock.GetUtcNow();
        counters.AddOrUpdate(
            key,
            static (_, time) => new Counter(1, time + Window),
            static (_, old, time) => old.Until > time ? old with { Failures = old.Failures + 1 } : new Counter(1, time + Window),
            now);
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        foreach (var (key, counter) in counters)
        {
            if (counter.Until <= now)
                counters.TryRemove(key, out _);
        }

        if (counters.Count > MaxCounters)
            counters.Clear();
    }

    private sealed record Counter(int Failures, DateTimeOffset Until);
}
