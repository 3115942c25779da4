using System.Globalization;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Caches;

/// <summary>The caches at a job's server, by <see cref="CacheProtocol"/>.</summary>
internal sealed class ServerCaches(JobServer server) : ICacheStore
{
    private static readonly ContractsJson Json = ContractsJson.Default;

    public Task<StoreResult<CacheResponse?>> LookUpAsync(CacheLookupRequest request, CancellationToken cancel) =>
        server.PostAsync($"{CacheProtocol.Path}/lookup", request, Json.CacheLookupRequest, Json.CacheResponse, cancel);

    public Task<StoreResult<CacheResponse>> SaveAsync(ReserveCacheRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel) =>
        BlockUpload.RunAsync(server, CacheProtocol.Path, request, Json.ReserveCacheRequest, Json.CacheResponse, write, cancel);

    public Task<StoreResult<bool>> DownloadAsync(CacheResponse cache, Stream target, CancellationToken cancel) =>
        server.DownloadAsync(string.Create(CultureInfo.InvariantCulture, $"{CacheProtocol.Path}/{cache.Id}/content"), target, cancel);
}
