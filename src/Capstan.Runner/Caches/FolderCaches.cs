using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Runner.Uploads;

namespace Capstan.Runner.Caches;

/// <summary>
/// Caches of one repository in a folder of this machine, kept between runs. Whoever runs there may read what is there: keys are found whatever the ref. Each cache is a folder of its own,
/// made under another name and renamed, so that several programs may use the folder at once.
/// </summary>
/// <param name="folder">Absolute; made when it is needed.</param>
/// <param name="reference">The run's ref, which the caches that it saves say.</param>
public sealed class FolderCaches(string folder, string reference, TimeProvider clock) : ICacheStore
{
    /// <summary>As on a server. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#usage-limits-and-eviction-policy</summary>
    private static readonly TimeSpan Unused = new(7, 0, 0, 0);

    /// <summary>All caches of the repository together, as on a server.</summary>
    private const long MaxTotalBytes = 10L << 30;

    /// <summary>What a killed program left; no save takes nearly as long.</summary>
    private static readonly TimeSpan Abandoned = new(1, 0, 0, 0);

    private const string Incoming = ".incoming-";
    private const string Description = "cache.json";
    private const string Payload = "payload";

    /// <summary>For each key in its turn, the cache of exactly that key, else the newest whose key begins with it.</summary>
    public Task<StoreResult<CacheResponse?>> LookUpAsync(CacheLookupRequest request, CancellationToken cancel)
    {
        var all = All().Where(entry => entry.Cache.Version == request.Version).ToList();
        var found = request.Keys
            .Select(key => all.Where(entry => entry.Cache.Key.StartsWith(key, StringComparison.Ordinal))
                .OrderByDescending(entry => entry.Cache.Key == key).ThenByDescending(entry => entry.Cache.CreatedAt).FirstOrDefault())
            .FirstOrDefault(entry => entry is not null);
        if (found is not null) Touch(found.Folder);
        return Task.FromResult<StoreResult<CacheResponse?>>(new StoreResult<CacheResponse?>.Done(found?.Cache));
    }

    public async Task<StoreResult<CacheResponse>> SaveAsync(ReserveCacheRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        var own = FolderOf(request);
        if (Directory.Exists(own)) return Exists(request);
        var incoming = Path.Combine(folder, Incoming + Guid.NewGuid().ToString("N"));
        try
        {
            Directory.CreateDirectory(incoming);
            CacheResponse cache;
            await using (var hashing = new HashingStream(new FileStream(Path.Combine(incoming, Payload), FileMode.CreateNew, FileAccess.Write)))
            {
                await write(hashing, cancel);
                cache = new CacheResponse(IdOf(own), request.Key, request.Version, reference, hashing.Size, hashing.Sha256, clock.GetUtcNow());
            }

            await File.WriteAllBytesAsync(Path.Combine(incoming, Description), JsonSerializer.SerializeToUtf8Bytes(cache, ContractsJson.Default.CacheResponse), cancel);
            try
            {
                Directory.Move(incoming, own);
            }
            catch (IOException) when (Directory.Exists(own))
            {
                // Another program saved the same at the same time.
                return Exists(request);
            }

            Touch(own);
            Evict();
            return new StoreResult<CacheResponse>.Done(cache);
        }
        finally
        {
            if (Directory.Exists(incoming)) Directory.Delete(incoming, recursive: true);
        }
    }

    public async Task<StoreResult<bool>> DownloadAsync(CacheResponse cache, Stream target, CancellationToken cancel)
    {
        try
        {
            await using var from = File.OpenRead(Path.Combine(FolderOf(new ReserveCacheRequest(cache.Key, cache.Version)), Payload));
            await from.CopyToAsync(target, cancel);
            return new StoreResult<bool>.Done(true);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new StoreResult<bool>.Refused(ErrorCodes.NotFound, "The cache was evicted.");
        }
    }

    private static StoreResult<CacheResponse>.Refused Exists(ReserveCacheRequest request) =>
        new(ErrorCodes.CacheExists, $"The cache '{request.Key}' exists. Caches do not change: use another key for other content.");

    private IEnumerable<Entry> All()
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (var own in new DirectoryInfo(folder).EnumerateDirectories().Where(own => !own.Name.StartsWith(Incoming, StringComparison.Ordinal)))
        {
            if (Read(own.FullName) is { } cache) yield return new Entry(own.FullName, own.LastWriteTimeUtc, cache);
        }
    }

    /// <returns>Null: it is going just now, or is none.</returns>
    private static CacheResponse? Read(string own)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(own, Description)), ContractsJson.Default.CacheResponse);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private void Touch(string own)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(own, clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is evicted at this moment; the download will say so.
        }
    }

    /// <summary>What was not used for long goes, then the longest unused until the rest fits; what killed programs left goes, too.</summary>
    private void Evict()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        foreach (var left in new DirectoryInfo(folder).EnumerateDirectories(Incoming + "*"))
        {
            if (now - left.LastWriteTimeUtc > Abandoned) Remove(left.FullName);
        }

        var kept = 0L;
        foreach (var entry in All().OrderByDescending(entry => entry.LastUsed))
        {
            kept += entry.Cache.SizeBytes;
            if (kept > MaxTotalBytes || now - entry.LastUsed > Unused) Remove(entry.Folder);
        }
    }

    private static void Remove(string own)
    {
        try
        {
            Directory.Delete(own, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another job evicts it at this moment. What cannot be removed at all is tried again by the next save, and fails none.
        }
    }

    private string FolderOf(ReserveCacheRequest request) =>
        Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Version + "\n" + request.Key)))[..40]);

    private static long IdOf(string own) => long.Parse(Path.GetFileName(own)[..12], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Entry(string Folder, DateTime LastUsed, CacheResponse Cache);
}
