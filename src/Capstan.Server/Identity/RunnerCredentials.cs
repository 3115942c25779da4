using System.Collections.Concurrent;
using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>
/// Whose a runner's credential is. Kept for a moment, because a runner with short jobs calls all the time; a runner removed at this server is forgotten at once, one
/// removed at another server within <see cref="GoodFor"/>. Thread-safe.
/// </summary>
public sealed class RunnerCredentials(Database database, TimeProvider clock)
{
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(2);

    /// <summary>More than all runners that call at one server within <see cref="GoodFor"/>.</summary>
    private const int MaxKept = 50_000;

    private const string Sql = "select id from actions_runners where credential_hash = @Hash and removed_at is null";

    /// <summary>By the credential's hash: nobody who reads this process's memory should find more than in the database.</summary>
    private readonly ConcurrentDictionary<string, (RunnerId Runner, DateTimeOffset ReadAt)> kept = new(StringComparer.Ordinal);

    /// <summary>Raised by every removal: what was read before it may be of the removed one.</summary>
    private long removals;

    /// <summary>Null: it is unknown, or its runner was removed.</summary>
    public async Task<RunnerId?> FindAsync(string credential, CancellationToken cancellationToken)
    {
        var hash = OpaqueToken.HashOf(credential);
        var key = Convert.ToHexString(hash);
        var now = clock.GetUtcNow();
        if (kept.TryGetValue(key, out var known) && now - known.ReadAt < GoodFor)
            return known.Runner;
        var removalsBefore = Interlocked.Read(ref removals);
        if (await database.ReadSingleOrDefaultAsync<RunnerId?>(Sql, new { Hash = hash }, cancellationToken) is not { } runner)
        {
            kept.TryRemove(key, out _);
            return null;
        }

        if (kept.Count >= MaxKept)
            kept.Clear();
        kept[key] = (runner, now);

        // Looked at after it was stored: a removal meanwhile has either seen the entry, or is seen here.
        if (Interlocked.Read(ref removals) != removalsBefore)
            kept.TryRemove(key, out _);
        return runner;
    }

    /// <summary>To be called after the commit that removed a runner.</summary>
    public void Forget(RunnerId runner)
    {
        Interlocked.Increment(ref removals);
        foreach (var (key, known) in kept)
        {
            if (known.Runner == runner)
                kept.TryRemove(key, out _);
        }
    }
}
