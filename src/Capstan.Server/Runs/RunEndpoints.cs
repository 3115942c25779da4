using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Runs;

/// <summary>Runs and jobs of a repository.</summary>
internal static class RunEndpoints
{
    private const int DefaultPageSize = 30;
    private const int MaxPageSize = 100;

    /// <summary>A run that changes all the time is told this often, at most.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(100);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/repos/{owner}/{repository}").WithTags("Runs").Require(Access.Repository(Right.Read));
        group.MapGet("/runs", ListRuns);
        group.MapGet("/runs/{run:long}", GetRun);
        group.MapGet("/runs/{run:long}/jobs", ListJobs);
        group.MapGet("/runs/{run:long}/events", FollowRun);
        group.MapGet("/jobs/{job:long}", GetJob);
        group.MapPost("/runs/{run:long}/cancel", CancelRun).Require(Access.Repository(Right.Write));
    }

    private static async Task<Results<Ok<RunListResponse>, ProblemHttpResult>> ListRuns(
        HttpContext context,
        RunQueries queries,
        long? before,
        string? workflow,
        string? @event,
        string? @ref,
        string? status,
        string? conclusion,
        CancellationToken cancellationToken,
        int limit = DefaultPageSize)
    {
        if (limit is < 1 or > MaxPageSize)
        {
            return Problems.Invalid($"limit is between 1 and {MaxPageSize}.");
        }

        if (!TryName(status, StatusNames.Name, out Status? wantedStatus) || !TryName(conclusion, StatusNames.Name, out Conclusion? wantedConclusion))
        {
            return Problems.Invalid($"status is one of {Names<Status>(StatusNames.Name)}; conclusion is one of {Names<Conclusion>(StatusNames.Name)}.");
        }

        var filter = new RunFilter(before, workflow, @event, @ref, wantedStatus, wantedConclusion);
        var runs = await queries.ListAsync(context.Repository().Id, filter, limit + 1, cancellationToken);
        return TypedResults.Ok(new RunListResponse([.. runs.Take(limit)], runs.Count > limit ? runs[limit - 1].Id : null));
    }

    private static async Task<Results<Ok<RunResponse>, ProblemHttpResult>> GetRun(HttpContext context, RunQueries queries, long run, CancellationToken cancellationToken) =>
        await queries.FindAsync(context.Repository().Id, new RunId(run), cancellationToken) is { } found ? TypedResults.Ok(found) : NoSuchRun();

    private static async Task<Results<Ok<IReadOnlyList<JobResponse>>, ProblemHttpResult>> ListJobs(
        HttpContext context, RunQueries queries, long run, CancellationToken cancellationToken) =>
        await queries.FindAsync(context.Repository().Id, new RunId(run), cancellationToken) is { } found ? TypedResults.Ok(found.Jobs!) : NoSuchRun();

    private static async Task<Results<Ok<JobResponse>, ProblemHttpResult>> GetJob(HttpContext context, RunQueries queries, long job, CancellationToken cancellationToken) =>
        await queries.FindJobAsync(context.Repository().Id, new JobId(job), cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound("The repository has no such job.");

    private static async Task<Results<Ok<CancelRunResponse>, ProblemHttpResult>> CancelRun(
        HttpContext context, RunCancellation cancellation, long run, CancellationToken cancellationToken) =>
        await cancellation.CancelAsync(context.Repository(), new RunId(run), context.Principal(), cancellationToken) switch
        {
            CancelResult.Requested => TypedResults.Ok(new CancelRunResponse(AlreadyRequested: false)),
            CancelResult.AlreadyRequested => TypedResults.Ok(new CancelRunResponse(AlreadyRequested: true)),
            CancelResult.AlreadyCompleted => Problems.Conflict(ErrorCodes.Conflict, "The run has ended; there is nothing to cancel."),
            _ => NoSuchRun(),
        };

    private static async Task<Results<ServerSentEventsResult<RunEventResponse>, ProblemHttpResult>> FollowRun(
        HttpContext context, RunQueries queries, EventStreams streams, WakeUps wakeUps, TimeProvider clock, long run, CancellationToken cancellationToken)
    {
        var repository = context.Repository().Id;
        return await queries.PipelineRunAsync(repository, new RunId(run), cancellationToken) is null
            ? NoSuchRun()
            : await streams.OpenAsync(context, end => StatesAsync(repository, new RunId(run), queries, wakeUps, clock, end));
    }

    /// <summary>The run at once, after every change, and when it has ended for the last time; unchanged, when nothing happened for a while.</summary>
    private static async IAsyncEnumerable<SseItem<RunEventResponse>> StatesAsync(
        RepositoryId repository,
        RunId run,
        RunQueries queries,
        WakeUps wakeUps,
        TimeProvider clock,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var wakeUp = wakeUps.Subscribe(RunChannels.Of(run));
        RunResponse? told = null;
        var toldAt = DateTimeOffset.MinValue;
        while (await queries.FindAsync(repository, run, cancellationToken) is { } now)
        {
            if (told is null || !IsSame(told, now) || clock.GetUtcNow() - toldAt > EventStreams.PingInterval)
            {
                yield return new SseItem<RunEventResponse>(new RunEventResponse(now), "run");
                (told, toldAt) = (now, clock.GetUtcNow());
            }

            if (now.Status == Status.Completed)
            {
                yield break;
            }

            await Task.Delay(TellEvery, clock, cancellationToken);
            await wakeUp.WaitAsync(WakeUps.LookAgainAfter, cancellationToken);
        }
    }

    /// <summary>Records compare lists by reference; what can change of a job is its status.</summary>
    private static bool IsSame(RunResponse a, RunResponse b) =>
        a with { Jobs = null, Diagnostics = null } == b with { Jobs = null, Diagnostics = null }
        && a.Jobs!.Select(j => (j.Id, j.Status, j.Conclusion, j.Execution)).SequenceEqual(b.Jobs!.Select(j => (j.Id, j.Status, j.Conclusion, j.Execution)));

    private static ProblemHttpResult NoSuchRun() => Problems.NotFound("The repository has no such run.");

    private static string Names<T>(Func<T, string> name)
        where T : struct, Enum => string.Join(", ", Enum.GetValues<T>().Select(name));

    private static bool TryName<T>(string? text, Func<T, string> name, out T? value)
        where T : struct, Enum
    {
        value = text is null ? null : Enum.GetValues<T>().Cast<T?>().FirstOrDefault(v => name(v!.Value) == text);
        return text is null || value is not null;
    }
}
