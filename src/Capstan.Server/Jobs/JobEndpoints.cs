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
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace Capstan.Server.Jobs;

/// <summary>The runner protocol about executions: take one, renew it, tell of its steps, end it.</summary>
internal static class JobEndpoints
{
    /// <summary>Outputs of a megabyte, the last steps and annotations, as JSON.</summary>
    private const long MaxReportBytes = 8 * 1024 * 1024;

    /// <summary>Of a poll that was refused: about as long as one that found nothing waits.</summary>
    private const string RetryAfterSeconds = "30";

    private const string Success = "success";
    private const string Failed = "failed";

    public static void Map(IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/v1").WithTags("runner protocol").Require(Access.Runner).RequireRunnerProtocol();
        group.MapPost("/runner/acquire", Acquire).EndWithServer();
        group.MapPost("/executions/{id:long}/renew", Renew).EndWithServer();
        group.MapPost("/executions/{id:long}/steps", ReportSteps).WithMetadata(new LargeReport());
        group.MapPost("/executions/{id:long}/complete", Complete).WithMetadata(new LargeReport());

        // An executor of another make reports the end in the words of its own contract; its credential is a runner's.
        app.MapPost("/v1/executions/{id:long}/status", ReportStatus).WithTags("executors").Require(Access.Runner);
    }

    private static async Task<Results<Ok<JobMessage>, NoContent, ProblemHttpResult>> Acquire(
        AcquireRequest request, HttpContext context, WaitingPolls polls, JobMessages messages, LostExecutions lost, IHostApplicationLifetime server)
    {
        // A server that stops sends its waiting runners away, instead of being held up by them.
        var gone = context.RequestAborted;
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(gone, server.ApplicationStopping);
        var runner = ((RunnerPrincipal)context.Principal()).Id;
        switch (await polls.WaitAsync(runner, request.UsedSlots, Wait(request.WaitSeconds), leave.Token))
        {
            case PollResult.Got { Claim: var claim }:
                return await TellAsync(claim, messages, lost, gone);
            case PollResult.TooMany:
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                return Problems.Of(StatusCodes.Status503ServiceUnavailable, ErrorCodes.TooManyWaiting, "As many runners wait at this server as it can hold. Ask again in a while.");
            default:
                return TypedResults.NoContent();
        }
    }

    private static async Task<Ok<JobMessage>> TellAsync(Claim claim, JobMessages messages, LostExecutions lost, CancellationToken gone)
    {
        try
        {
            gone.ThrowIfCancellationRequested();
            return TypedResults.Ok(await messages.BuildAsync(claim, gone));
        }
        catch (Exception error)
        {
            await TakeBackAsync(lost, claim, error);
            throw;
        }
    }

    /// <summary>
    /// The runner never learns of this claim: without taking it back, the job would wait for the end of the lease. A runner that has gone and a database that is away say
    /// nothing about the job; what else there is would happen again and again, so it counts. Of an error only its kind is told: its words might quote what nobody may see.
    /// </summary>
    private static async Task TakeBackAsync(LostExecutions lost, Claim claim, Exception error)
    {
        try
        {
            if (error is OperationCanceledException || Database.IsOutage(error))
            {
                await lost.GiveBackAsync(claim.Key, CancellationToken.None);
            }
            else
            {
                await lost.GiveUpAsync(claim.Key, $"The server could not prepare the job for a runner ({error.GetType().Name}); the server's log tells why.", CancellationToken.None);
            }
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            // The lease runs out by itself.
        }
    }

    private static async Task<Results<Ok<RenewResponse>, ProblemHttpResult>> Renew(
        long id, RenewRequest request, HttpContext context, Leases leases, IHostApplicationLifetime server)
    {
        if (Key(context, id) is not { } key)
        {
            return NoToken();
        }

        return await leases.RenewAsync(key, Wait(request.WaitSeconds), context.RequestAborted, server.ApplicationStopping) switch
        {
            RenewResult.Renewed renewed => TypedResults.Ok(new RenewResponse(renewed.Cancel, renewed.CancelReason)),
            _ => Lost(),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ReportSteps(long id, StepsRequest request, HttpContext context, StepReports reports) =>
        Key(context, id) is not { } key ? NoToken()
        : HoldsNull(request.Steps) || HoldsNull(request.Annotations) ? Null()
        : await reports.StoreAsync(key, request, context.RequestAborted) ? TypedResults.NoContent()
        : Lost();

    private static async Task<Results<NoContent, ProblemHttpResult>> Complete(long id, CompleteRequest request, HttpContext context, Completion completion) =>
        Key(context, id) is not { } key ? NoToken()
        : HoldsNull(request.Steps) || HoldsNull(request.Annotations) || HoldsNull(request.Outputs.Values) || HoldsNull(request.LogTails ?? []) ? Null()
        : Answer(await completion.CompleteAsync(key, request, context.RequestAborted));

    private static async Task<Results<NoContent, ProblemHttpResult>> ReportStatus(long id, ExecutionStatusRequest request, HttpContext context, Completion completion)
    {
        if (request.Status is not (Success or Failed))
        {
            return Problems.Invalid($"'{request.Status}' is no status; it is {Success} or {Failed}.");
        }

        if (Key(context, id) is not { } key)
        {
            return NoToken();
        }

        var reason = request is { Status: Failed, ExitCode: { } code } ? $"The executor reported the exit code {code}." : null;
        var end = new CompleteRequest(
            request.Status == Success ? Conclusion.Success : Conclusion.Failure, reason, new Dictionary<string, string>(), [], [], new Dictionary<int, long>());
        return Answer(await completion.CompleteAsync(key, end, context.RequestAborted));
    }

    private static Results<NoContent, ProblemHttpResult> Answer(CompleteResult result) => result switch
    {
        CompleteResult.Done => TypedResults.NoContent(),
        CompleteResult.LogMissing missing => Problems.Conflict(
            ErrorCodes.LogOffsetMismatch,
            $"Stream {missing.Stream} has {missing.NextOffset} bytes here and more at the runner: send them, then report the end again.",
            new Dictionary<string, object?> { ["stream"] = missing.Stream, ["next_offset"] = missing.NextOffset }),
        _ => Lost(),
    };

    private static TimeSpan Wait(int seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Protocol.LongestWait.TotalSeconds));

    internal static ExecutionKey? Key(HttpContext context, long id) =>
        long.TryParse(context.Request.Headers[Protocol.FencingTokenHeader], out var token)
            ? new ExecutionKey(new ExecutionId(id), ((RunnerPrincipal)context.Principal()).Id, token)
            : null;

    /// <summary>The reader of JSON looks at members, not at what is in lists.</summary>
    private static bool HoldsNull(IEnumerable<object?> list) => list.Any(element => element is null);

    private static ProblemHttpResult Null() => Problems.Invalid("A list or map of the report holds null.");

    internal static ProblemHttpResult NoToken() => Problems.Invalid($"Send the number of the claim in the header {Protocol.FencingTokenHeader}.");

    internal static ProblemHttpResult Lost() =>
        Problems.Conflict(ErrorCodes.ExecutionLost, "This execution is not yours any more: its lease was lost, or it has ended. Stop the job; nothing was changed.");

    private sealed class LargeReport : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => MaxReportBytes;
    }
}
