namespace Capstan.Server.Hosting;

/// <summary>So many holders at a time for each key, within this process; waiting costs no thread. Keys that nobody holds or waits for take no room. Thread-safe.</summary>
internal sealed class Turns<TKey>(int holders = 1)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Entry> entries = [];

    /// <summary>How many keys are held or waited for.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return entries.Count;
        }
    }

    /// <summary>How many hold the key or wait for it.</summary>
    public int UsersOf(TKey key)
    {
        lock (gate)
            return entries.TryGetValue(key, out var entry) ? entry.Users : 0;
    }

    /// <returns>Disposing it ends the turn. Null when it did not come within <paramref name="wait"/>.</returns>
    public async Task<IDisposable?> TryEnterAsync(TKey key, TimeSpan wait, CancellationToken cancellationToken)
    {
        Entry entry;
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var present))
                entries.Add(key, present = new Entry(new SemaphoreSlim(holders)));
            entry = present;
            entry.Users++;
        }

        var entered = false;
        try
        {
            entered = await entry.Turn.WaitAsync(wait, cancellationToken);
            return entered ? new Exit(this, key, entry) : null;
        }
        finally
        {
            if (!entered)
                Leave(key, entry);
        }
    }

    private void Leave(TKey key, Entry entry)
    {
        lock (gate)
        {
            entry.Users--;
            if (entry.Users > 0)
                return;
            entries.Remove(key);
        }

        entry.Turn.Dispose();
    }

    private sealed class Entry(SemaphoreSlim turn)
    {
        public SemaphoreSlim Turn { get; } = turn;

        public int Users { get; set; }
    }

    private sealed class Exit(Turns<TKey> owner, TKey key, Entry entry) : IDisposable
    {
        public void Dispose()
        {
            entry.Turn.Release();
            owner.Leave(key, entry);
        }
    }
}
