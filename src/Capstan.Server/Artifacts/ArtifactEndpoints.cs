using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Blobs;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Artifacts;

/// <summary>Artifacts for people and their programs.</summary>
internal static class ArtifactEndpoints
{
    private const string RepositoryOf = "select repository_id from actions_artifacts where id = @Id";

    public static void Map(IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup("/v1/repos/{owner}/{repository}").WithTags("Artifacts").Require(Access.Repository(Right.Read));
        artifacts.MapGet("/runs/{run:long}/artifacts", ListArtifacts).WithSummary("A run's artifacts, of all its attempts, expired ones included.");
        artifacts.MapGet("/artifacts/{id:long}", GetArtifact).WithSummary("An artifact.");
        artifacts.MapGet("/artifacts/{id:long}/download", DownloadArtifact).WithSummary("The bytes, whole or by Range.");
        artifacts.MapDelete("/artifacts/{id:long}", DeleteArtifact).Require(Access.Repository(Right.Write)).WithSummary("Deletes an artifact.");

        var byId = app.MapGroup("/v1/artifacts/{id:long}").WithTags("Artifacts").Require(Access.RepositoryOf("id", RepositoryOf, Right.Read));
        byId.MapGet("/metadata", GetMetadata).WithSummary("What is known about an artifact.");
        byId.MapGet("/download", DownloadArtifact).WithSummary("The bytes, whole or by Range.");
    }

    /// <summary>Where people download it.</summary>
    public static string Url(ArtifactRow row, ServerAddresses addresses) => $"{addresses.PublicUrl}/v1/repos/{row.Repository}/artifacts/{row.Id}/download";

    public static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> DownloadAsync(ArtifactRow artifact, IBlobStore store, CancellationToken cancellationToken) =>
        artifact.BlobId is { } blob && await BlobDownload.OpenAsync(
            store, new BlobId(blob), artifact.Sha256, artifact.ContentType, ArtifactRules.FileName(artifact.Name, artifact.ContentType), artifact.CreatedAt, cancellationToken) is { } file
            ? file
            : Problems.Of(StatusCodes.Status410Gone, ErrorCodes.ArtifactExpired, $"This artifact was kept until {artifact.ExpiresAt:u} and is gone.");

    private static async Task<Results<Ok<Page<ArtifactResponse>>, ProblemHttpResult>> ListArtifacts(
        long run, [AsParameters] Paging paging, HttpContext context, ArtifactQueries queries, RunQueries runs, ServerAddresses addresses)
    {
        var repository = context.Repository().Id;
        if (await runs.PipelineRunAsync(repository, new RunId(run), context.RequestAborted) is null)
            return Problems.NotFound("The repository has no such run.");
        var rows = await queries.ListAsync(repository, new RunId(run), paging.After ?? 0, paging.Take, context.RequestAborted);
        return TypedResults.Ok(paging.Page([.. rows.Select(row => Response(row, addresses))], artifact => artifact.Id));
    }

    private static async Task<Results<Ok<ArtifactResponse>, ProblemHttpResult>> GetArtifact(long id, HttpContext context, ArtifactQueries queries, ServerAddresses addresses) =>
        await queries.FindAsync(context.Repository().Id, id, context.RequestAborted) is { } artifact ? TypedResults.Ok(Response(artifact, addresses)) : NoSuchArtifact();

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> DownloadArtifact(long id, HttpContext context, ArtifactQueries queries, IBlobStore store) =>
        await queries.FindAsync(context.Repository().Id, id, context.RequestAborted) is { } artifact
            ? await DownloadAsync(artifact, store, context.RequestAborted)
            : NoSuchArtifact();

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteArtifact(long id, HttpContext context, ArtifactQueries queries)
    {
        if (await queries.FindAsync(context.Repository().Id, id, context.RequestAborted) is not { } artifact)
            return NoSuchArtifact();
        await queries.DeleteAsync(artifact, context.Principal(), context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<ArtifactMetadataResponse>, ProblemHttpResult>> GetMetadata(long id, HttpContext context, ArtifactQueries queries) =>
        await queries.FindAsync(context.Repository().Id, id, context.RequestAborted) is { } artifact
            ? TypedResults.Ok(new ArtifactMetadataResponse(
                artifact.Id, artifact.JobId.Value, artifact.ArtifactType, artifact.Backend, $"sha256:{artifact.Sha256Text}", artifact.SizeBytes, artifact.CreatedAt))
            : NoSuchArtifact();

    private static ProblemHttpResult NoSuchArtifact() => Problems.NotFound("The repository has no such artifact.");

    private static ArtifactResponse Response(ArtifactRow row, ServerAddresses addresses) => new(
        row.Id, row.RunId.Value, row.RunAttempt, row.JobId.Value, row.Name, row.ArtifactType, row.ContentType, row.SizeBytes, row.Sha256Text, row.CreatedAt, row.ExpiresAt, row.IsExpired,
        Url(row, addresses));
}
