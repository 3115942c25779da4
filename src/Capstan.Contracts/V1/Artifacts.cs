namespace Capstan.Contracts.V1;

/// <summary><c>GET …/runs/{run}/artifacts</c> (of all attempts), <c>GET …/artifacts/{id}</c>.</summary>
/// <param name="JobId">The job that uploaded it.</param>
/// <param name="ArtifactType">binary, image, chart, test-report or coverage.</param>
/// <param name="Sha256">64 hexadecimal digits, lower case.</param>
/// <param name="Expired">Its bytes are gone.</param>
public sealed record ArtifactResponse(
    long Id,
    long RunId,
    int RunAttempt,
    long JobId,
    string Name,
    string ArtifactType,
    string ContentType,
    long SizeBytes,
    string Sha256,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    bool Expired,
    string DownloadUrl);

/// <summary><c>GET /v1/artifacts/{id}/metadata</c>.</summary>
/// <param name="StorageBackend">folder; null once it has expired.</param>
/// <param name="Checksum"><c>sha256:</c> and 64 hexadecimal digits.</param>
public sealed record ArtifactMetadataResponse(long Id, long JobId, string ArtifactType, string? StorageBackend, string Checksum, long SizeBytes, DateTimeOffset CreatedAt);
