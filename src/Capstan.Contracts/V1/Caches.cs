namespace Capstan.Contracts.V1;

/// <summary><c>GET /v1/repos/{owner}/{repository}/caches</c>.</summary>
/// <param name="Ref">The ref that it was written for.</param>
public sealed record RepositoryCacheResponse(long Id, string Key, string Version, string Ref, long SizeBytes, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt);
