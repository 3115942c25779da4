using Capstan.Server.Data;

namespace Capstan.Server.Git;

/// <summary>The pool of <see cref="ObjectReader"/>s: those not in use wait a while for the next question to their repository. Thread-safe.</summary>
internal sealed class ObjectReaders : IAsyncDisposable
{
    /// <summary>Processes that wait, over all repositories; the longest idle goes first.</summary>
    internal const int MaxIdle = 16;

    internal static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(1);

    private readonly GitFolder folder;
    private readonly TimeProvider clock;
    private readonly ITimer sweeper;
    private readonly Lock gate = new();

    /// <summary>Oldest first.</summary>
    private readonly List<(RepositoryId Repository, ObjectReader Reader, DateTimeOffset Since)> idle = [];

    private bool disposed;

    public ObjectReaders(GitFolder folder, TimeProvider clock)
    {
        this.folder = folder;
        this.clock = clock;
        sweeper = clock.CreateTimer(_ => _ = SweepAsync(), state: null, IdleLimit, IdleLimit);
    }

    internal int IdleCount
    {
        get
        {
            lock (gate)
                return idle.Count;
        }
    }

    /// <summary>Lends a reader of the repository for as long as <paramref name="work"/> runs.</summary>
    public async Task<T> UseAsync<T>(RepositoryId repository, Func<ObjectReader, Task<T>> work)
    {
        var reader = Take(repository) ?? new ObjectReader(folder.Command(repository, ObjectReader.Arguments));
        try
        {
            var result = await work(reader);
            await GiveBackAsync(repository, reader);
            return result;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await sweeper.DisposeAsync();
        List<ObjectReader> all;
        lock (gate)
        {
            disposed = true;
            all = [.. idle.Select(entry => entry.Reader)];
            idle.Clear();
        }

        await EndAsync(all);
    }

    private ObjectReader? Take(RepositoryId repository)
    {
        lock (gate)
        {
            var at = idle.FindLastIndex(entry => entry.Repository == repository);
            if (at < 0)
                return null;
            var reader = idle[at].Reader;
            idle.RemoveAt(at);
            return reader;
        }
    }

    private Task GiveBackAsync(RepositoryId repository, ObjectReader reader)
    {
        List<ObjectReader> ending = [];
        lock (gate)
        {
            if (!reader.IsUsable || disposed)
                ending.Add(reader);
            else
                idle.Add((repository, reader, clock.GetUtcNow()));
            if (idle.Count > MaxIdle)
            {
                ending.Add(idle[0].Reader);
                idle.RemoveAt(0);
            }
        }

        return EndAsync(ending);
    }

    private Task SweepAsync()
    {
        List<ObjectReader> ending;
        lock (gate)
        {
            var limit = clock.GetUtcNow() - IdleLimit;
            ending = [.. idle.Where(entry => entry.Since <= limit).Select(entry => entry.Reader)];
            idle.RemoveAll(entry => entry.Since <= limit);
        }

        return EndAsync(ending);
    }

    private static async Task EndAsync(List<ObjectReader> readers)
    {
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }
}
