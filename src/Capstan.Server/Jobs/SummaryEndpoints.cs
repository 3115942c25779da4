using System.Text;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runners;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Jobs;

/// <summary>Job summaries: runners send them, people read them.</summary>
internal static class SummaryEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/executions/{id:long}/summaries", StoreSummary).WithTags("runner protocol").Require(Access.Runner).RequireRunnerProtocol().WithMetadata(new OneSummary());
        app.MapGet("/v1/repos/{owner}/{repository}/jobs/{job:long}/summaries", ListSummaries).WithTags("Runs").Require(Access.Repository(Right.Read))
            .WithSummary("What a job's steps wrote to GITHUB_STEP_SUMMARY, as Markdown.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> StoreSummary(long id, int step, HttpContext context, StepSummaries summaries)
    {
        if (step is < 1 or > StepReports.MaxSteps)
            return Problems.Invalid($"A step has a number from 1 to {StepReports.MaxSteps}.");
        if (JobEndpoints.Key(context, id) is not { } key)
            return JobEndpoints.NoToken();
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var markdown = await reader.ReadToEndAsync(context.RequestAborted);

        // Bytes that are no UTF-8 are read as longer ones.
        return Encoding.UTF8.GetByteCount(markdown) > Protocol.MaxSummaryBytes ? Problems.Of(StatusCodes.Status413PayloadTooLarge, ErrorCodes.BodyTooLarge, "A summary has at most 1 MiB.")
            : await summaries.StoreAsync(key, step, markdown, context.RequestAborted) ? TypedResults.NoContent()
            : JobEndpoints.Lost();
    }

    private static async Task<Ok<IReadOnlyList<StepSummaryResponse>>> ListSummaries(long job, HttpContext context, StepSummaries summaries) =>
        TypedResults.Ok(await summaries.OfJobAsync(context.Repository().Id, new JobId(job), context.RequestAborted));

    private sealed class OneSummary : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => Protocol.MaxSummaryBytes;
    }
}
