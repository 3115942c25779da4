namespace Capstan.Contracts.RunnerProtocol;

/// <summary>
/// The artifacts of a job's own run. Upload as <see cref="UploadProtocol"/> says:
/// <c>POST /v1/job/artifacts</c> (<see cref="CreateArtifactRequest"/>, 201 <see cref="UploadResponse"/>), <c>PUT /v1/job/artifacts/{id}/blocks/{block}</c>,
/// <c>POST /v1/job/artifacts/{id}/commit</c> (200 <see cref="JobArtifactResponse"/>).
/// Download: <c>GET /v1/job/artifacts</c> lists those of the run, <c>?name=</c> only the one of that name (an empty list: there is none), then
/// <c>GET /v1/job/artifacts/{id}/content</c> gives the bytes, whole or by <c>Range</c>. <c>DELETE /v1/job/artifacts/{id}</c> (204) takes one back.
/// </summary>
/// <remarks>
/// A name is unique within an attempt of the run. A later attempt may use it again; lists then show the newest attempt's. Of several jobs that upload under one name in
/// the same attempt, the first to commit has it, and the others get 409 <see cref="ErrorCodes.ArtifactExists"/>, at the beginning or at their commit; <see cref="CreateArtifactRequest.Overwrite"/>
/// replaces instead, at the moment of the commit. An artifact never changes.
/// <para>What the built-in actions upload is a zip archive with the content type <see cref="Zip"/>; the server takes any bytes.</para>
/// <para>Refusals of the beginning: 400 <see cref="ErrorCodes.Invalid"/> (the request, with <c>errors</c> by field), 409 <see cref="ErrorCodes.ArtifactExists"/>,
/// 409 <see cref="ErrorCodes.ArtifactLimitReached"/>.</para>
/// </remarks>
public static class ArtifactProtocol
{
    /// <summary>Relative to <see cref="JobMessage.ServerUrl"/>.</summary>
    public const string Path = "/v1/job/artifacts";

    public const string Zip = "application/zip";

    /// <summary>UTF-16 units.</summary>
    public const int MaxNameLength = 255;

    /// <summary>
    /// Not in a name, because some file systems do not take them; nor are other control characters.
    /// Source: https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts
    /// </summary>
    public const string ForbiddenInName = "\":<>|*?\r\n\\/";

    public const long MaxBytes = 10L << 30;

    /// <summary>Source: https://github.com/actions/upload-artifact#number-of-artifacts</summary>
    public const int MaxPerJob = 500;

    /// <summary>In one attempt of a run.</summary>
    public const int MaxPerRun = 10_000;
}

/// <summary><c>POST /v1/job/artifacts</c>.</summary>
/// <param name="ArtifactType">binary (when null), image, chart, test-report or coverage.</param>
/// <param name="ContentType">Of the bytes; <c>application/zip</c> when null. A zip is downloaded under its name with <c>.zip</c> behind it, all else under its name.</param>
/// <param name="RetentionDays">From 1; the server's own limit when null or more than that.</param>
/// <param name="Overwrite">The attempt's artifact of this name, if there is one when this one is committed, gives way.</param>
public sealed record CreateArtifactRequest(
    string Name, string? ArtifactType = null, string? ContentType = null, int? RetentionDays = null, bool Overwrite = false);

/// <param name="Sha256">64 hexadecimal digits, lower case.</param>
/// <param name="RunAttempt">The attempt that made it.</param>
/// <param name="Url">Where people download it.</param>
public sealed record JobArtifactResponse(
    long Id,
    string Name,
    string ArtifactType,
    string ContentType,
    long SizeBytes,
    string Sha256,
    int RunAttempt,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string Url);

/// <summary><c>GET /v1/job/artifacts</c>, by name.</summary>
public sealed record JobArtifactListResponse(IReadOnlyList<JobArtifactResponse> Artifacts);
