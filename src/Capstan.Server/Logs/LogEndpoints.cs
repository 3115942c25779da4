using System.Buffers;
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
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Logs;

internal static class LogEndpoints
{
    /// <summary>Lines of an answer when the caller does not say.</summary>
    public const int DefaultLines = 1_000;

    /// <summary>The web server's own limit counts what a chunked transfer adds to the body; ours counts the body.</summary>
    private const int TransferEncodingBytes = 256 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/executions/{id:long}/logs/{stream:int}", AppendLog).WithTags("Runner protocol").Require(Access.Runner).RequireRunnerProtocol()
            .WithMetadata(new RequestSizeLimitAttribute(Protocol.MaxLogChunkBytes + TransferEncodingBytes));

        var logs = routes.MapGroup("/v1/repos/{owner}/{repository}/jobs/{job:long}").WithTags("Logs").Require(Access.Repository(Right.Read));
        logs.MapGet("/logs", GetLogLines);
        logs.MapGet("/logs/text", GetLogText);
        logs.MapGet("/log-events", FollowLog);
    }

    private static async Task<Results<Ok<LogAppendResponse>, ProblemHttpResult>> AppendLog(
        HttpContext context,
        LogStreams streams,
        long id,
        int stream,
        long offset,
        [FromHeader(Name = Protocol.FencingTokenHeader)] long fencingToken,
        CancellationToken cancellationToken)
    {
        if (stream is < 0 or > LogStreams.MaxStream)
            return Problems.Invalid($"A log stream is numbered from 0 to {LogStreams.MaxStream}.");
        if (offset < 0)
            return Problems.Invalid("An offset is not negative.");
        var target = new AppendTarget(new ExecutionId(id), ((RunnerPrincipal)context.Principal()).Id, fencingToken, stream, offset);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(context.Request.ContentLength ?? Protocol.MaxLogChunkBytes, Protocol.MaxLogChunkBytes) + 1);
        try
        {
            var length = await context.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            if (length > Protocol.MaxLogChunkBytes)
                return Problems.Of(StatusCodes.Status413PayloadTooLarge, ErrorCodes.BodyTooLarge, $"A chunk has at most {Protocol.MaxLogChunkBytes} bytes.");
            return Answer(await streams.AppendAsync(target, buffer.AsMemory(0, length), cancellationToken));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ProblemHttpResult Expired() => Problems.Of(StatusCodes.Status410Gone, ErrorCodes.LogExpired, "This log is not kept any longer.");

    private static Results<Ok<LogAppendResponse>, ProblemHttpResult> Answer(AppendResult result) => result switch
    {
        AppendResult.Stored stored => TypedResults.Ok(new LogAppendResponse(stored.NextOffset)),
        AppendResult.Gap gap => Problems.Conflict(
            ErrorCodes.LogOffsetMismatch, $"The stream ends at byte {gap.NextOffset}: send it from there on.", new() { ["next_offset"] = gap.NextOffset }),
        AppendResult.LimitReached full => Problems.Conflict(
            ErrorCodes.LogLimitReached, $"The logs of one execution hold {Protocol.MaxLogBytesPerExecution >> 20} MiB; this stream takes no more.", new() { ["next_offset"] = full.NextOffset }),
        AppendResult.Lost => Problems.Conflict(ErrorCodes.ExecutionLost, "The execution has ended, or was given to another runner."),
        _ => throw new InvalidOperationException("An append has one of four results."),
    };

    /// <param name="stream">0 the job, n its step n.</param>
    /// <param name="fromLine">From 1; negative: so many lines before the end.</param>
    private static async Task<Results<Ok<LogLinesResponse>, ProblemHttpResult>> GetLogLines(
        HttpContext context,
        JobLogs jobs,
        LogReader reader,
        long job,
        int stream = 0,
        [FromQuery(Name = "from_line")] long fromLine = 1,
        int lines = DefaultLines,
        CancellationToken cancellationToken = default)
    {
        if (lines is < 1 or > LogReader.MaxLines)
            return Problems.Invalid($"One read gives 1 to {LogReader.MaxLines} lines.");
        if (await jobs.FindAsync(context.Repository().Id, new JobId(job), cancellationToken) is not { } log)
            return Problems.NotFound("The repository has no such job.");
        if (log.IsExpired)
            return Expired();
        if (log.Execution is not { } execution)
            return TypedResults.Ok(new LogLinesResponse(null, stream, 1, [], 0, log.HasEnded));
        var total = (await reader.StreamsAsync(execution, cancellationToken)).FirstOrDefault(state => state.Stream == stream)?.Lines ?? 0;
        var from = Math.Max(0, fromLine < 0 ? total + fromLine : fromLine - 1);
        var read = await reader.ReadLinesAsync(execution, stream, from, lines, log.HasEnded, cancellationToken);
        return TypedResults.Ok(new LogLinesResponse(execution.Value, stream, from + 1, read.Lines, total, log.HasEnded));
    }

    /// <summary>The whole log, stream after stream, or one stream.</summary>
    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> GetLogText(
        HttpContext context, JobLogs jobs, LogReader reader, long job, int? stream, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(context.Repository().Id, new JobId(job), cancellationToken) is not { } log)
            return Problems.NotFound("The repository has no such job.");
        if (log.IsExpired)
            return Expired();
        return TypedResults.Stream(
            async target =>
            {
                if (log.Execution is not { } execution)
                    return;
                foreach (var state in await reader.StreamsAsync(execution, cancellationToken))
                {
                    if (stream is not null && state.Stream != stream)
                        continue;
                    await foreach (var bytes in reader.ReadAsync(execution, state.Stream, 0, cancellationToken))
                        await target.WriteAsync(bytes, cancellationToken);
                }
            },
            "text/plain; charset=utf-8");
    }

    /// <param name="after">As the header Last-Event-ID, for a viewer that begins where a page ended.</param>
    private static async Task<Results<ServerSentEventsResult<string>, ProblemHttpResult>> FollowLog(
        HttpContext context,
        JobLogs jobs,
        LogEvents events,
        EventStreams streams,
        long job,
        string? after,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId,
        CancellationToken cancellationToken)
    {
        var repository = context.Repository().Id;
        return await jobs.FindAsync(repository, new JobId(job), cancellationToken) is { } log
            ? log.IsExpired ? Expired() : await streams.OpenAsync(context, end => events.FollowAsync(repository, log, lastEventId ?? after, end))
            : Problems.NotFound("The repository has no such job.");
    }
}
