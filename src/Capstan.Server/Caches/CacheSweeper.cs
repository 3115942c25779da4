using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.Extensions.Logging;

namespace Capstan.Server.Caches;

/// <summary>
/// Evicts caches that nobody used for a while, then, in repositories that have too many bytes of them, the longest unused; and forgets reservations that were never
/// fulfilled. Bytes are the blob sweeper's. A job that has just found a cache still has the few minutes that a released blob stays readable.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#usage-limits-and-eviction-policy
/// </summary>
public sealed class CacheSweeper(Database database, ServerOptions options, TimeProvider clock, WakeUps wakeUps, ILogger<CacheSweeper> logger)
    : BackgroundLoop(clock, wakeUps, logger)
{
    /// <summary>In one statement, so that none holds its locks for long.</summary>
    public const int BatchSize = 500;

    private const string Remove = """
        , evicted as (
            delete from actions_caches c using due where c.id = due.id
        ), released as (
            update blobs b set state = 'deleted', deleted_at = @Now from due where b.id = due.blob_id and b.state <> 'deleted'
        )
        select count(*)::int from due
        """;

    // Two servers at once take different rows.
    internal const string EvictUnused = $"""
        with due as materialized (
            select id, blob_id from actions_caches
             where last_used_at <= @ReservedBefore and (last_used_at <= @UnusedSince or state = 'pending')
             order by last_used_at limit @BatchSize for update skip locked
        ){Remove}
        """;

    // What is kept of a repository is counted from the last used on; both steps read the index alone. Caches that live are few: their bytes are limited.
    internal const string EvictTooMany = $"""
        with crowded as materialized (
            select repository_id from actions_caches where state = 'available' group by repository_id having sum(size_bytes) > @MaxBytes
        ), counted as materialized (
            select id, sum(size_bytes) over (partition by repository_id order by last_used_at desc, id desc) as bytes
              from actions_caches where state = 'available' and repository_id in (select repository_id from crowded)
        ), due as materialized (
            select c.id, c.blob_id from actions_caches c join counted n on n.id = c.id where n.bytes > @MaxBytes limit @BatchSize for update of c skip locked
        ){Remove}
        """;

    protected override TimeSpan Interval => TimeSpan.FromMinutes(10);

    protected override string? WakeUpChannel => CacheStore.Channel;

    public override async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        var parameters = new
        {
            Now = now,
            UnusedSince = now - options.CacheRetention,
            ReservedBefore = now - TimeSpan.FromHours(CacheProtocol.ReservationHours),
            MaxBytes = options.CacheBytesPerRepository,
            BatchSize,
        };
        await using var connection = await database.OpenAsync(cancellationToken);
        foreach (var sql in (string[])[EvictUnused, EvictTooMany])
        {
            while (await connection.QuerySingleAsync<int>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)) == BatchSize)
                cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
