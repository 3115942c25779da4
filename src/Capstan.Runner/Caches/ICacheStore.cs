using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Caches;

/// <summary>
/// Where the caches are that a job may use: at the job's server, or in a folder of this machine. The rules are those of <see cref="CacheProtocol"/>. Safe from any thread.
/// Calls that a server does not answer are tried again until they are cancelled.
/// </summary>
public interface ICacheStore
{
    /// <returns>Done with null: nothing fits.</returns>
    Task<StoreResult<CacheResponse?>> LookUpAsync(CacheLookupRequest request, CancellationToken cancel);

    /// <summary>Nobody sees the cache before all of it is there.</summary>
    /// <param name="write">Writes its bytes; not called when the key is refused.</param>
    Task<StoreResult<CacheResponse>> SaveAsync(ReserveCacheRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel);

    /// <param name="target">Gets the bytes as they were stored, from where it stands.</param>
    Task<StoreResult<bool>> DownloadAsync(CacheResponse cache, Stream target, CancellationToken cancel);
}
