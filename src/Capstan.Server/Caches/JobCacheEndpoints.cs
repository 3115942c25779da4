using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Caches;

/// <summary>The caches that a job may use, by its token: <see cref="CacheProtocol"/>.</summary>
internal static class JobCacheEndpoints
{
    private const string ContentType = "application/octet-stream";

    public static void Map(IEndpointRouteBuilder app)
    {
        var caches = app.MapGroup(CacheProtocol.Path).WithTags("Jobs' caches").Require(Access.Job);
        caches.MapPost("/lookup", LookUpCache).WithSummary("Finds the cache to restore; 204: none fits.");
        caches.MapGet("/{id:long}/content", DownloadCache).WithSummary("The bytes, whole or by Range.");
        caches.MapPost("", ReserveCache).WithSummary("Reserves a key and begins the upload.");
        caches.MapPut("/{id:long}/blocks/{block}", StageBlock).WithMetadata(UploadEndpoints.BlockLimit).WithSummary("Stages a block: the body's bytes.");
        caches.MapPost("/{id:long}/commit", CommitCache).WithSummary("Makes the cache out of staged blocks.");
    }

    private static async Task<Results<Ok<CacheResponse>, NoContent, ProblemHttpResult>> LookUpCache(
        CacheLookupRequest request, HttpContext context, CacheScopes scopes, CacheStore store)
    {
        if (CacheRules.Check(request.Keys, request.Version) is { Count: > 0 } errors)
            return Problems.Invalid("No cache can be looked up like this.", errors);
        var access = await scopes.OfAsync(Job(context).ExecutionId, context.RequestAborted);
        return await store.LookupAsync(access, request.Keys, request.Version, context.RequestAborted) is { } cache ? TypedResults.Ok(Response(cache)) : TypedResults.NoContent();
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> DownloadCache(
        long id, HttpContext context, CacheScopes scopes, CacheStore caches, IBlobStore store)
    {
        var access = await scopes.OfAsync(Job(context).ExecutionId, context.RequestAborted);
        return await caches.FindAsync(access, id, context.RequestAborted) is { } cache
            && await BlobDownload.OpenAsync(store, new BlobId(cache.BlobId), cache.Sha256, ContentType, fileName: null, cache.CreatedAt, context.RequestAborted) is { } file
            ? file
            : Problems.NotFound("There is no such cache, or it was evicted.");
    }

    private static async Task<Results<Created<UploadResponse>, ProblemHttpResult>> ReserveCache(ReserveCacheRequest request, HttpContext context, CacheScopes scopes, CacheStore store)
    {
        if (CacheRules.Check([request.Key], request.Version) is { Count: > 0 } errors)
            return Problems.Invalid("No cache can be saved like this.", errors);
        var execution = Job(context).ExecutionId;
        var access = await scopes.OfAsync(execution, context.RequestAborted);
        if (!access.MayWrite)
            return Problems.Forbidden("A run that is not trusted reads caches and writes none.", ErrorCodes.CacheReadOnly);
        return await store.ReserveAsync(access, execution, request.Key, request.Version, context.RequestAborted) is { } id
            ? TypedResults.Created($"{CacheProtocol.Path}/{id}", new UploadResponse(id))
            : Problems.Conflict(ErrorCodes.CacheExists, $"The cache '{request.Key}' exists for {access.Ref}, or another job is saving it. Caches do not change: use another key for other content.");
    }

    private static Task<Results<NoContent, ProblemHttpResult>> StageBlock(long id, string block, HttpContext context, JobUploads uploads) =>
        UploadEndpoints.StageAsync(context, uploads, CacheRules.Upload, id, block);

    private static async Task<Results<Ok<CacheResponse>, ProblemHttpResult>> CommitCache(long id, CommitUploadRequest request, HttpContext context, CacheStore store)
    {
        if (UploadEndpoints.Check(request) is { } malformed)
            return malformed;
        var (cache, why) = await store.CommitAsync(Job(context).ExecutionId, id, request, context.RequestAborted);
        return cache is null ? UploadEndpoints.Refuse(why, CacheRules.Upload)! : TypedResults.Ok(Response(cache));
    }

    private static JobPrincipal Job(HttpContext context) => (JobPrincipal)context.Principal();

    private static CacheResponse Response(CacheRow row) => new(row.Id, row.Key, row.Version, row.Scope, row.SizeBytes, Convert.ToHexStringLower(row.Sha256), row.CreatedAt);
}
