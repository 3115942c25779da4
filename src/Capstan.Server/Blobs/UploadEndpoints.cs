using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Git;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Capstan.Server.Blobs;

/// <summary>What the upload routes of artifacts and caches share: <see cref="UploadProtocol"/> on the server's side.</summary>
internal static class UploadEndpoints
{
    /// <summary>The web server's own limit counts what a chunked transfer adds to the body; ours counts the body.</summary>
    private const int TransferEncodingBytes = 256 * 1024;

    /// <summary>For the route that takes a block.</summary>
    public static readonly RequestSizeLimitAttribute BlockLimit = new(UploadProtocol.MaxBlockBytes + TransferEncodingBytes);

    public static async Task<Results<NoContent, ProblemHttpResult>> StageAsync(HttpContext context, JobUploads uploads, UploadKind kind, long id, string block)
    {
        if (!IsBlockName(block))
            return Problems.Invalid($"The name of a block has 1 to {UploadProtocol.MaxBlockNameLength} letters, digits, dashes and underscores.");
        var bytes = context.Request.ContentLength ?? UploadProtocol.MaxBlockBytes;
        if (bytes > UploadProtocol.MaxBlockBytes)
            return Problems.Of(StatusCodes.Status413PayloadTooLarge, ErrorCodes.BodyTooLarge, $"A block has at most {UploadProtocol.MaxBlockBytes} bytes.");
        if (bytes == 0)
            return Problems.Invalid("A block is not empty. Nothing at all is committed without blocks.");
        var execution = ((JobPrincipal)context.Principal()).ExecutionId;
        var body = new LimitedStream(context.Request.Body, UploadProtocol.MaxBlockBytes);
        return await uploads.StageAsync(kind, execution, id, block, body, bytes, context.RequestAborted) switch
        {
            StageResult.Staged => TypedResults.NoContent(),
            StageResult.NotFound => NoSuchUpload(),
            StageResult.Committed => Problems.Conflict(ErrorCodes.UploadCommitted, "This upload is committed: it takes no more blocks."),
            _ => TooLarge(kind),
        };
    }

    /// <summary>All that is wrong with the request itself; null when nothing is.</summary>
    public static ProblemHttpResult? Check(CommitUploadRequest request)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.Blocks.Count > UploadProtocol.MaxBlocks)
            errors["blocks"] = [$"A commit names at most {UploadProtocol.MaxBlocks} blocks."];
        else if (request.Blocks.FirstOrDefault(block => !IsBlockName(block)) is { } malformed)
            errors["blocks"] = [$"'{malformed}' is no name of a block."];
        else if (request.Blocks.Distinct(StringComparer.Ordinal).Count() != request.Blocks.Count)
            errors["blocks"] = ["A commit names each block once."];
        if (request.SizeBytes < 0)
            errors["size_bytes"] = ["A size is not negative."];
        if (request.Sha256 is { } sha256 && !(sha256.Length == 64 && sha256.All(char.IsAsciiHexDigit)))
            errors["sha256"] = ["A SHA-256 has 64 hexadecimal digits."];
        return errors.Count > 0 ? Problems.Invalid("The upload cannot be committed as it stands.", errors) : null;
    }

    /// <summary>The refusal that a result stands for; null for one that is none.</summary>
    public static ProblemHttpResult? Refuse(AssembleResult result, UploadKind kind) => result switch
    {
        AssembleResult.NotFound => NoSuchUpload(),
        AssembleResult.Incomplete missing => Problems.Conflict(
            ErrorCodes.UploadIncomplete, $"The block '{missing.Block}' was never staged. Send it, then commit again.", new() { ["block"] = missing.Block }),
        AssembleResult.Mismatch mismatch => Problems.Unprocessable(ErrorCodes.UploadMismatch, $"{mismatch.Detail} Begin the upload anew."),
        AssembleResult.TooLarge => TooLarge(kind),
        _ => null,
    };

    public static ProblemHttpResult NoSuchUpload() => Problems.NotFound("This job has begun no such upload.");

    private static ProblemHttpResult TooLarge(UploadKind kind) => Problems.Of(
        StatusCodes.Status413PayloadTooLarge, ErrorCodes.UploadTooLarge, $"An upload has at most {kind.MaxBytes >> 20} MiB, and no more than twice as much may be sent for one.");

    private static bool IsBlockName(string block) =>
        block.Length is >= 1 and <= UploadProtocol.MaxBlockNameLength && block.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
