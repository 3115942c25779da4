using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Blobs;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Artifacts;

/// <summary>The artifacts of a job's own run, by its token: <see cref="ArtifactProtocol"/>.</summary>
internal static class JobArtifactEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var artifacts = app.MapGroup(ArtifactProtocol.Path).WithTags("Jobs' artifacts").Require(Access.Job);
        artifacts.MapPost("", CreateArtifact).WithSummary("Begins an upload.");
        artifacts.MapPut("/{id:long}/blocks/{block}", StageBlock).WithMetadata(UploadEndpoints.BlockLimit).WithSummary("Stages a block: the body's bytes.");
        artifacts.MapPost("/{id:long}/commit", CommitArtifact).WithSummary("Makes the artifact out of staged blocks.");
        artifacts.MapGet("", ListArtifacts).WithSummary("The run's artifacts, the newest attempt's of each name.");
        artifacts.MapGet("/{id:long}/content", DownloadArtifact).WithSummary("The bytes, whole or by Range.");
        artifacts.MapDelete("/{id:long}", DeleteArtifact).WithSummary("Deletes an artifact of the run.");
    }

    private static async Task<Results<Created<UploadResponse>, ProblemHttpResult>> CreateArtifact(CreateArtifactRequest request, HttpContext context, ArtifactStore store)
    {
        if (ArtifactRules.Check(request) is { Count: > 0 } errors)
            return Problems.Invalid("The artifact cannot be made as it stands.", errors);
        return await store.CreateAsync(Job(context).ExecutionId, request, context.RequestAborted) switch
        {
            CreateArtifactResult.Created created => TypedResults.Created($"{ArtifactProtocol.Path}/{created.Id}", new UploadResponse(created.Id)),
            CreateArtifactResult.LimitReached limit => Problems.Conflict(ErrorCodes.ArtifactLimitReached, limit.Detail),
            _ => Exists(),
        };
    }

    private static Task<Results<NoContent, ProblemHttpResult>> StageBlock(long id, string block, HttpContext context, JobUploads uploads) =>
        UploadEndpoints.StageAsync(context, uploads, ArtifactRules.Upload, id, block);

    private static async Task<Results<Ok<JobArtifactResponse>, ProblemHttpResult>> CommitArtifact(
        long id, CommitUploadRequest request, HttpContext context, ArtifactStore store, ServerAddresses addresses)
    {
        if (UploadEndpoints.Check(request) is { } malformed)
            return malformed;
        return await store.CommitAsync(Job(context).ExecutionId, id, request, context.RequestAborted) switch
        {
            CommitArtifactResult.Committed committed => TypedResults.Ok(Response(committed.Artifact, addresses)),
            CommitArtifactResult.NotAssembled { Why: var why } => UploadEndpoints.Refuse(why, ArtifactRules.Upload)!,
            _ => Exists(),
        };
    }

    private static async Task<Ok<JobArtifactListResponse>> ListArtifacts(string? name, HttpContext context, ArtifactStore store, ServerAddresses addresses) =>
        TypedResults.Ok(new JobArtifactListResponse([.. (await store.ListAsync(Job(context).RunId, name, context.RequestAborted)).Select(row => Response(row, addresses))]));

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> DownloadArtifact(long id, HttpContext context, ArtifactQueries queries, IBlobStore store)
    {
        var job = Job(context);
        return await queries.FindAsync(job.RepositoryId, id, context.RequestAborted) is { } artifact && artifact.RunId == job.RunId
            ? await ArtifactEndpoints.DownloadAsync(artifact, store, context.RequestAborted)
            : Problems.NotFound("The run has no such artifact.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteArtifact(long id, HttpContext context, ArtifactQueries queries)
    {
        var job = Job(context);
        if (await queries.FindAsync(job.RepositoryId, id, context.RequestAborted) is not { } artifact || artifact.RunId != job.RunId)
            return Problems.NotFound("The run has no such artifact.");
        await queries.DeleteAsync(artifact, job, context.RequestAborted);
        return TypedResults.NoContent();
    }

    private static JobPrincipal Job(HttpContext context) => (JobPrincipal)context.Principal();

    private static ProblemHttpResult Exists() => Problems.Conflict(
        ErrorCodes.ArtifactExists, "This attempt of the run has an artifact of that name, and artifacts do not change. Choose another name, or ask to overwrite it.");

    private static JobArtifactResponse Response(ArtifactRow row, ServerAddresses addresses) => new(
        row.Id, row.Name, row.ArtifactType, row.ContentType, row.SizeBytes, row.Sha256Text, row.RunAttempt, row.CreatedAt, row.ExpiresAt, ArtifactEndpoints.Url(row, addresses));
}
