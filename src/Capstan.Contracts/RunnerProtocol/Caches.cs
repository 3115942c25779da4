namespace Capstan.Contracts.RunnerProtocol;

/// <summary>
/// The caches that a job may use. Restore: <c>POST /v1/job/caches/lookup</c> (<see cref="CacheLookupRequest"/>) answers 200 <see cref="CacheResponse"/>, or 204 when nothing fits;
/// then <c>GET /v1/job/caches/{id}/content</c> gives the bytes, whole or by <c>Range</c> (404 when it was evicted in between: treat it as a miss). Save as
/// <see cref="UploadProtocol"/> says: <c>POST /v1/job/caches</c> (<see cref="ReserveCacheRequest"/>, 201 <see cref="UploadResponse"/>),
/// <c>PUT /v1/job/caches/{id}/blocks/{block}</c>, <c>POST /v1/job/caches/{id}/commit</c> (200 <see cref="CacheResponse"/>).
/// </summary>
/// <remarks>
/// A cache is written for its run's ref and is read by runs of the same ref, of pull requests into it, and, if the ref is the default branch, of every ref. It never changes.
/// <para>A lookup goes through the refs that the job may read (its own, a pull request's base, the default branch), and for each through the keys in their order: the cache of exactly
/// this key, else the newest one whose key begins with it. The first that is found is the answer; only one whose <see cref="CacheResponse.Key"/> equals the first key is a hit.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#cache-key-matching</para>
/// <para>Beginning reserves ref, version and key, so that of many jobs that save the same cache one does the work: 409 <see cref="ErrorCodes.CacheExists"/> for the others, which is no failure
/// of their job. A reservation ends with its execution, and after <see cref="ReservationHours"/> hours. 403 <see cref="ErrorCodes.CacheReadOnly"/>: this run may read caches but write none.</para>
/// <para>Caches that nobody used for some time go, and the longest unused when a repository has too many.</para>
/// </remarks>
public static class CacheProtocol
{
    /// <summary>Relative to <see cref="JobMessage.ServerUrl"/>.</summary>
    public const string Path = "/v1/job/caches";

    /// <summary>UTF-16 units. A key is not empty and has no comma and no control characters.</summary>
    public const int MaxKeyLength = 512;

    /// <summary>The key and its restore keys together.</summary>
    public const int MaxKeys = 10;

    public const int MaxVersionLength = 128;

    public const long MaxBytes = 10L << 30;

    public const int ReservationHours = 1;
}

/// <summary><c>POST /v1/job/caches/lookup</c>.</summary>
/// <param name="Keys">The key, then the restore keys.</param>
/// <param name="Version">Compared for equality only: the client's digest of what makes two caches of one key different, such as paths and compression.</param>
public sealed record CacheLookupRequest(IReadOnlyList<string> Keys, string Version);

/// <summary><c>POST /v1/job/caches</c>.</summary>
/// <param name="Version">As in <see cref="CacheLookupRequest"/>.</param>
public sealed record ReserveCacheRequest(string Key, string Version);

/// <param name="Key">The cache's own, whole.</param>
/// <param name="Ref">The run's ref that it was written for.</param>
/// <param name="Sha256">64 hexadecimal digits, lower case.</param>
public sealed record CacheResponse(long Id, string Key, string Version, string Ref, long SizeBytes, string Sha256, DateTimeOffset CreatedAt);
