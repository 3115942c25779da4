using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Npgsql;

namespace Capstan.Server.Git;

/// <summary>
/// One repository's turn to have its refs moved, over all servers: pushes, the reconciler and the locking of branches take it. It is an advisory lock of the
/// database; before it stands a queue in this process, so that waiting pushes to one repository do not each hold a connection. Thread-safe.
/// </summary>
internal sealed class RepositoryLock(Database database, TimeProvider clock) : IDisposable
{
    /// <summary>Held at once by this server: each holds a connection of the pool, of which others need some too.</summary>
    internal const int MaxHeld = 10;

    /// <summary>The high half of the 64-bit key, "GIT" as letters; the low half is the repository's id.</summary>
    private const long KeySpace = 0x47495400_00000000;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly Turns<RepositoryId> turns = new();
    private readonly SemaphoreSlim room = new(MaxHeld);

    /// <returns>Null when others held it for all of <paramref name="wait"/>.</returns>
    public async Task<Holder?> TryTakeAsync(RepositoryId repository, TimeSpan wait, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var turn = await turns.TryEnterAsync(repository, wait, cancellationToken);
        if (turn is null)
            return null;
        var hasRoom = false;
        NpgsqlConnection? connection = null;
        try
        {
            hasRoom = await room.WaitAsync(wait, cancellationToken);
            if (!hasRoom)
                return null;
            connection = await database.OpenAsync(cancellationToken);
            while (!await TryLockAsync(connection, KeyOf(repository)))
            {
                if (clock.GetElapsedTime(begun) >= wait)
                    return null;

                // Another server has it. Real time, so that a test's clock that stands still does not stop the wait.
                await Task.Delay(LookAgain, TimeProvider.System, cancellationToken);
            }

            var holder = new Holder(database, connection, KeyOf(repository), room, turn);
            (connection, hasRoom, turn) = (null, false, null);
            return holder;
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
            if (hasRoom)
                room.Release();
            turn?.Dispose();
        }
    }

    public void Dispose() => room.Dispose();

    private async Task<bool> TryLockAsync(NpgsqlConnection connection, long key)
    {
        try
        {
            return await connection.ExecuteScalarAsync<bool>("select pg_try_advisory_lock(@Key)", new { Key = key });
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException)
        {
            // The lock may have been given after this side had stopped waiting for it.
            await database.DiscardAsync(connection);
            throw;
        }
    }

    private static long KeyOf(RepositoryId repository) => KeySpace + repository.Value;

    /// <summary>The lock while it is held. When the connection is lost, so is the lock: what must not happen twice is guarded by its rows as well.</summary>
    internal sealed class Holder(Database database, NpgsqlConnection connection, long key, SemaphoreSlim room, IDisposable turn) : IAsyncDisposable
    {
        public NpgsqlConnection Connection => connection;

        public async ValueTask DisposeAsync()
        {
            try
            {
                await connection.ExecuteAsync("select pg_advisory_unlock(@Key)", new { Key = key });
            }
#pragma warning disable CA1031 // The driver answers a lost session in many ways, a null reference among them; none may break the answer to a push that has been taken.
            catch (Exception)
#pragma warning restore CA1031
            {
                // Whatever the session's state is (gone, slow, in a failed transaction), it is not to come back from the pool with the lock on it.
                await database.DiscardAsync(connection);
            }
            finally
            {
                await connection.DisposeAsync();
                room.Release();
                turn.Dispose();
            }
        }
    }
}
