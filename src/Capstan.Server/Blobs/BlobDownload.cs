using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Capstan.Server.Blobs;

/// <summary>Gives a blob to a client: whole, or the parts that <c>Range</c> asks for, with its SHA-256 as the entity tag.</summary>
internal static class BlobDownload
{
    /// <param name="fileName">What a browser saves it as; null: it is not for people.</param>
    /// <returns>Null when the store has no such object any more.</returns>
    public static async Task<FileStreamHttpResult?> OpenAsync(
        IBlobStore store, BlobId blob, byte[] sha256, string contentType, string? fileName, DateTimeOffset madeAt, CancellationToken cancellationToken) =>
        await store.OpenAsync(blob, 0, length: null, cancellationToken) is { } stream
            ? TypedResults.File(stream, contentType, fileName, madeAt, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(sha256)}\""), enableRangeProcessing: true)
            : null;
}
