using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Triggers;
using Capstan.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Runs;

/// <summary>Workflows of a repository, and asking for a run of one; also in the words of S3, where a workflow is a pipeline.</summary>
internal static class WorkflowEndpoints
{
    /// <summary>How long an answer waits for the run it can name.</summary>
    private static readonly TimeSpan WaitForRun = TimeSpan.FromSeconds(5);

    private const string RepositoryOfWorkflow = "select repository_id from actions_workflows where id = @Id";
    private const string RepositoryOfRun = "select repository_id from actions_workflow_runs where id = @Id";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var workflows = routes.MapGroup("/v1/repos/{owner}/{repository}/workflows").WithTags("Workflows").Require(Access.Repository(Right.Read));
        workflows.MapGet("", ListWorkflows);
        workflows.MapPost("/{file}/dispatches", DispatchWorkflow).Require(Access.Repository(Right.Write));

        var pipelines = routes.MapGroup("/v1").WithTags("Pipelines");
        pipelines.MapPost("/pipelines/{id:long}/runs", CreatePipelineRun).Require(Access.RepositoryOf("id", RepositoryOfWorkflow, Right.Write));
        pipelines.MapGet("/pipeline-runs/{id:long}", GetPipelineRun).Require(Access.RepositoryOf("id", RepositoryOfRun, Right.Read));
        pipelines.MapGet("/pipeline-runs/{id:long}/jobs", ListPipelineJobs).Require(Access.RepositoryOf("id", RepositoryOfRun, Right.Read));
    }

    private static async Task<Ok<IReadOnlyList<WorkflowResponse>>> ListWorkflows(HttpContext context, RunQueries queries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queries.WorkflowsAsync(context.Repository().Id, cancellationToken));

    private static async Task<Results<Accepted<DispatchResponse>, ProblemHttpResult>> DispatchWorkflow(
        HttpContext context, WorkflowDispatch dispatch, RunQueries queries, WakeUps wakeUps, TimeProvider clock, string file, DispatchRequest request, CancellationToken cancellationToken)
    {
        var (trigger, problem) = await DispatchAsync(context, dispatch, file, request.Ref, request.Inputs, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var run = await RunOfAsync(trigger, queries, wakeUps, clock, cancellationToken);
        return TypedResults.Accepted((string?)null, new DispatchResponse(trigger.Value, run?.Value));
    }

    private static async Task<Results<Created<PipelineRunResponse>, ProblemHttpResult>> CreatePipelineRun(
        HttpContext context,
        WorkflowDispatch dispatch,
        RunQueries queries,
        WakeUps wakeUps,
        TimeProvider clock,
        long id,
        CreatePipelineRunRequest request,
        CancellationToken cancellationToken)
    {
        var repository = context.Repository();
        if (await queries.WorkflowPathAsync(repository.Id, new WorkflowId(id), cancellationToken) is not { } path)
        {
            return Problems.NotFound();
        }

        var (trigger, problem) = await DispatchAsync(context, dispatch, path, request.GitRef, request.Inputs, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        return await RunOfAsync(trigger, queries, wakeUps, clock, cancellationToken) is { } run
            && await queries.PipelineRunAsync(repository.Id, run, cancellationToken) is { } created
            ? TypedResults.Created($"/v1/pipeline-runs/{run.Value}", created)
            : Problems.Of(
                StatusCodes.Status503ServiceUnavailable, ErrorCodes.DatabaseUnavailable, $"The run is recorded (event {trigger.Value}) but not made yet; it will be. Do not ask for it again.");
    }

    private static async Task<Results<Ok<PipelineRunResponse>, ProblemHttpResult>> GetPipelineRun(HttpContext context, RunQueries queries, long id, CancellationToken cancellationToken) =>
        await queries.PipelineRunAsync(context.Repository().Id, new RunId(id), cancellationToken) is { } run ? TypedResults.Ok(run) : Problems.NotFound();

    private static async Task<Ok<IReadOnlyList<PipelineJobResponse>>> ListPipelineJobs(RunQueries queries, long id, CancellationToken cancellationToken)
    {
        var jobs = await queries.JobsAsync(new RunId(id), cancellationToken);
        return TypedResults.Ok<IReadOnlyList<PipelineJobResponse>>(
            [.. jobs.Select(j => new PipelineJobResponse(j.Id, j.RunId, j.JobType, j.Name, j.Projections.S3, j.CreatedAt, j.StartedAt, j.CompletedAt))]);
    }

    private static async Task<(TriggerEventId Trigger, ProblemHttpResult? Problem)> DispatchAsync(
        HttpContext context, WorkflowDispatch dispatch, string file, string? reference, IReadOnlyDictionary<string, JsonElement>? inputs, CancellationToken cancellationToken)
    {
        if (context.Principal() is not UserPrincipal user)
        {
            return (default, Problems.Forbidden("Only a user may start a workflow."));
        }

        return await dispatch.CreateAsync(context.Repository(), file, reference, inputs, user, cancellationToken) switch
        {
            DispatchResult.Accepted accepted => (accepted.Event, null),
            DispatchResult.NoSuchRef no => (default, Problems.Unprocessable(ErrorCodes.Invalid, $"There is no branch or tag '{no.Ref}'.")),
            DispatchResult.NoSuchWorkflow no => (default, Problems.NotFound($"There is no workflow {no.Path} at {no.Ref}.")),
            DispatchResult.NotDispatchable not => (default, Problems.Unprocessable(ErrorCodes.WorkflowNotDispatchable, not.Why)),
            DispatchResult.InvalidWorkflow invalid => (default, Problems.Unprocessable(
                ErrorCodes.WorkflowInvalid,
                string.Join('\n', invalid.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.ToString())))),
            DispatchResult.InvalidInputs invalid => (default, Problems.Unprocessable(
                ErrorCodes.WorkflowInputInvalid, string.Join(' ', invalid.Errors.Select(e => e.Message + ".")))),
            _ => throw new InvalidOperationException("A dispatch has one of six results."),
        };
    }

    private static async Task<RunId?> RunOfAsync(TriggerEventId trigger, RunQueries queries, WakeUps wakeUps, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var wakeUp = wakeUps.Subscribe(RunChannels.Of(trigger));
        var until = clock.GetUtcNow() + WaitForRun;
        while (true)
        {
            if (await queries.OfEventAsync(trigger, cancellationToken) is { } run)
            {
                return run;
            }

            var left = until - clock.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            await wakeUp.WaitAsync(left, cancellationToken);
        }
    }
}
