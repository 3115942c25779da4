using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Caches;

/// <summary>A repository's caches for people: what is there, and deleting what is wrong.</summary>
internal static class CacheEndpoints
{
    private const string Select = """
        select id, key, version, scope, size_bytes, created_at, last_used_at from actions_caches
         where repository_id = @Repository and state = 'available' and id > @After order by id limit @Take
        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        var caches = app.MapGroup("/v1/repos/{owner}/{repository}/caches").WithTags("Caches").Require(Access.Repository(Right.Read));
        caches.MapGet("", ListCaches).WithSummary("The repository's caches.");
        caches.MapDelete("/{id:long}", DeleteCache).Require(Access.Repository(Right.Write)).WithSummary("Deletes a cache.");
    }

    private static async Task<Ok<Page<RepositoryCacheResponse>>> ListCaches([AsParameters] Paging paging, HttpContext context, Database database)
    {
        await using var connection = await database.OpenAsync(context.RequestAborted);
        var rows = await connection.QueryAsync<Row>(Select, new { Repository = context.Repository().Id, After = paging.After ?? 0, paging.Take });
        return TypedResults.Ok(paging.Page([.. rows.Select(row => row.ToResponse())], cache => cache.Id));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteCache(long id, HttpContext context, Database database, BlobIndex blobs, AuditLog audit)
    {
        var repository = context.Repository();
        var deleted = await database.InTransactionAsync(
            async connection =>
            {
                var row = await connection.QuerySingleOrDefaultAsync<DeletedRow>(
                    "delete from actions_caches where id = @Id and repository_id = @Repository and state = 'available' returning key, scope, blob_id",
                    new { Id = id, Repository = repository.Id });
                if (row is null)
                    return false;
                await blobs.ReleaseAsync(connection, [new BlobId(row.BlobId)]);
                await audit.WriteAsync(connection, new AuditEntry(context.Principal(), "cache.delete", row.Key)
                {
                    OrganizationId = repository.OrganizationId,
                    RepositoryId = repository.Id,
                    Detail = new Dictionary<string, string?> { ["ref"] = row.Scope },
                });
                return true;
            },
            context.RequestAborted);
        return deleted ? TypedResults.NoContent() : Problems.NotFound("The repository has no such cache.");
    }

    private sealed record Row(long Id, string Key, string Version, string Scope, long SizeBytes, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt)
    {
        public RepositoryCacheResponse ToResponse() => new(Id, Key, Version, Scope, SizeBytes, CreatedAt, LastUsedAt);
    }

    private sealed record DeletedRow(string Key, string Scope, Guid BlobId);
}
