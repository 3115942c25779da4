namespace Capstan.Contracts.RunnerProtocol;

/// <summary>
/// How a job uploads an artifact or a cache, in three kinds of call; <see cref="ArtifactProtocol"/> and <see cref="CacheProtocol"/> name the addresses.
/// <list type="number">
/// <item>Begin: <c>POST</c> the request; the answer's <see cref="UploadResponse.Id"/> is the upload.</item>
/// <item>Stage: <c>PUT …/{id}/blocks/{block}</c>, the block's bytes as the body, 1 to <see cref="MaxBlockBytes"/> of them, answered 204. Blocks come in any order and several
/// at once (four are plenty). <c>{block}</c> is a name of the client's choice: 1 to <see cref="MaxBlockNameLength"/> letters, digits, dashes and underscores. Sending a name again
/// replaces the block, so a block whose answer was lost is simply sent again.</item>
/// <item>Commit: <c>POST …/{id}/commit</c> with the names in the order of their bytes. Blocks that it does not name are dropped. Nobody sees the upload before, everybody the
/// whole of it after. Idempotent: sent again it gives the same answer. An empty upload commits no blocks.</item>
/// </list>
/// </summary>
/// <remarks>
/// Every call carries the job's token as <c>Authorization: Bearer</c> (<see cref="JobMessage.Token"/>) and goes to <see cref="JobMessage.ServerUrl"/>. A token is worth nothing once its
/// execution has ended: 401 <see cref="ErrorCodes.Unauthenticated"/>, and trying again is useless. Only the execution that began an upload stages and commits it; for any
/// other it does not exist (404 <see cref="ErrorCodes.NotFound"/>). An upload that is never committed disappears by itself; no call takes it back.
/// <para>Try again, with a pause that grows: no answer, 503 (<see cref="ErrorCodes.DatabaseUnavailable"/>, <see cref="ErrorCodes.ShuttingDown"/>), 500. All others are final.</para>
/// <para>Refusals of staging: 413 <see cref="ErrorCodes.BodyTooLarge"/> (the block), 413 <see cref="ErrorCodes.UploadTooLarge"/> (all that was sent for this upload, twice the largest
/// size: blocks sent again count again), 409 <see cref="ErrorCodes.UploadCommitted"/>. Refusals of the commit: 409 <see cref="ErrorCodes.UploadIncomplete"/> with the field <c>block</c>, the
/// first one that was never staged: send it, then commit again; 422 <see cref="ErrorCodes.UploadMismatch"/>, size or SHA-256 is not what was said: begin anew;
/// 413 <see cref="ErrorCodes.UploadTooLarge"/>.</para>
/// </remarks>
public static class UploadProtocol
{
    /// <summary>A block's largest body. Clients make all blocks but the last this large.</summary>
    public const int MaxBlockBytes = 8 * 1024 * 1024;

    public const int MaxBlockNameLength = 64;

    /// <summary>Blocks that one commit names.</summary>
    public const int MaxBlocks = 10_000;
}

/// <summary>An upload that has begun.</summary>
public sealed record UploadResponse(long Id);

/// <summary>The blocks in the order of their bytes, and what they must come to.</summary>
/// <param name="SizeBytes">Of all together.</param>
/// <param name="Sha256">64 hexadecimal digits; null: not checked.</param>
public sealed record CommitUploadRequest(IReadOnlyList<string> Blocks, long SizeBytes, string? Sha256 = null);
