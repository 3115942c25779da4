using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Blobs;

/// <summary>Removes what nobody needs: blobs whose writer never came to an end, and blobs that were released.</summary>
public sealed class BlobSweeper(Database database, IBlobStore store, WakeUps wakeUps, TimeProvider clock, ILogger<BlobSweeper> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>The longest a blob may take from its first block to its commit.</summary>
    public static readonly TimeSpan StagingLimit = TimeSpan.FromHours(24);

    /// <summary>How long a released blob stays readable for whoever had just found it.</summary>
    public static readonly TimeSpan DeletedGrace = TimeSpan.FromMinutes(10);

    /// <summary>Blobs of one transaction: each is locked only while its few files are removed.</summary>
    private const int BatchSize = 50;

    // The lock keeps a commit of a staged blob out until its row is gone, and lets two servers sweep different ones.
    private const string SelectBatch = """
        select id from blobs
         where (state = 'staging' and created_at < @StagedBefore) or (state = 'deleted' and deleted_at < @DeletedBefore)
         order by created_at limit @BatchSize for update skip locked
        """;

    protected override TimeSpan Interval => TimeSpan.FromMinutes(1);

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (await SweepBatchAsync(cancellationToken) == BatchSize)
        {
            // More is waiting.
        }
    }

    private Task<int> SweepBatchAsync(CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            var now = Clock.GetUtcNow();
            var ids = (await connection.QueryAsync<Guid>(new CommandDefinition(
                SelectBatch,
                new { StagedBefore = now - StagingLimit, DeletedBefore = now - DeletedGrace, BatchSize },
                cancellationToken: cancellationToken))).AsList();
            foreach (var id in ids)
                await store.DeleteAsync(new BlobId(id), cancellationToken);
            await connection.ExecuteAsync("delete from blobs where id = any(@Ids)", new { Ids = ids });
            return ids.Count;
        },
        cancellationToken);
}
