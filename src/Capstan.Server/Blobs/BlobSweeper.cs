using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Blobs;

/// <summary>Removes what nobody needs: blobs whose writer never came to an end, and blobs that were released.</summary>
/// <remarks>
/// A blob that is marked deleted is never used again, so its files go without a lock or a transaction, and only then its row. Two servers that remove the same one, or one
/// that died in between, do no harm: removing is idempotent, and the row stays until it was done.
/// </remarks>
public sealed partial class BlobSweeper(Database database, IBlobStore store, WakeUps wakeUps, TimeProvider clock, ILogger<BlobSweeper> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>The longest a blob may take from its first block to its commit.</summary>
    public static readonly TimeSpan StagingLimit = TimeSpan.FromHours(24);

    /// <summary>How long a released blob stays readable for whoever had just found it.</summary>
    public static readonly TimeSpan DeletedGrace = TimeSpan.FromMinutes(10);

    private const int BatchSize = 50;

    // From here on a commit comes too late. Nobody reads what was never committed, so it needs no grace.
    private const string GiveUpStaged = """
        update blobs set state = 'deleted', deleted_at = created_at
         where id in (select id from blobs where state = 'staging' and created_at < @StagedBefore order by created_at limit @BatchSize for update skip locked)
        """;

    private const string SelectDeleted = "select id from blobs where state = 'deleted' and deleted_at < @DeletedBefore order by created_at limit @BatchSize";

    protected override TimeSpan Interval => TimeSpan.FromMinutes(1);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var parameters = new { StagedBefore = now - StagingLimit, DeletedBefore = now - DeletedGrace, BatchSize };
        while (await ExecuteAsync(GiveUpStaged, parameters, cancellationToken) == BatchSize)
            cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            var ids = await SelectAsync(parameters, cancellationToken);
            var removed = await RemoveAsync(ids, cancellationToken);
            await ExecuteAsync("delete from blobs where id = any(@Removed) and state = 'deleted'", new { Removed = removed }, cancellationToken);

            // Those that could not be removed would be found again at once: the next round tries them.
            if (removed.Length < BatchSize)
                return;
        }
    }

    private async Task<Guid[]> RemoveAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        var removed = new List<Guid>();
        foreach (var id in ids)
        {
            try
            {
                await store.DeleteAsync(new BlobId(id), cancellationToken);
                removed.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Log.NotRemoved(logger, e, id);
            }
        }

        return [.. removed];
    }

    private async Task<IReadOnlyList<Guid>> SelectAsync(object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<Guid>(new CommandDefinition(SelectDeleted, parameters, cancellationToken: cancellationToken))];
    }

    private async Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The blob {Blob} could not be removed; it is tried again.")]
        public static partial void NotRemoved(ILogger logger, Exception exception, Guid blob);
    }
}
