using System.Text.Json;
using Capstan.Contracts;
using Capstan.Server.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Capstan.Server.Hosting;

/// <summary>The outermost layer: every failure and every empty refusal leaves as problem details with a code, and no exception's text leaves at all.</summary>
internal sealed class ErrorAnswers(RequestDelegate next, ILogger<ErrorAnswers> logger)
{
    /// <summary>When a client should come back after an outage of the database; it usually lasts a second or two.</summary>
    private const string RetryAfterSeconds = "2";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone: nobody is there to read an answer.
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await Answer(context, e).ExecuteAsync(context);
            return;
        }

        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null } && OfStatus(context) is { } problem)
            await problem.ExecuteAsync(context);
    }

    private ProblemHttpResult Answer(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return TooLarge();
            case BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType }:
                return Problems.Of(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "Send the body as application/json.");
            case BadHttpRequestException { InnerException: JsonException json }:
                return Problems.Invalid($"The body is not the JSON that is expected here{Place(json)}: {Explain(json)}");
            case BadHttpRequestException bad:
                return Problems.Of(bad.StatusCode, ErrorCodes.Invalid, bad.Message);
            case PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }:
                // PostgreSQL's texts hold every character but this one. Source: https://www.postgresql.org/docs/current/datatype-character.html
                return Problems.Invalid("A text of the request holds the character U+0000, which cannot be stored.");
            case not null when Database.IsOutage(exception):
                logger.LogWarning("{Method} {Path}: the database is not available ({Message}).", context.Request.Method, context.Request.Path, exception.Message);
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
                return Problems.Of(
                    StatusCodes.Status503ServiceUnavailable, ErrorCodes.DatabaseUnavailable, "The server cannot reach its database at this moment. Try again in a few seconds.");
            default:
                logger.LogError(exception, "{Method} {Path} failed.", context.Request.Method, context.Request.Path);
                return Problems.Of(StatusCodes.Status500InternalServerError, ErrorCodes.InternalError, $"The server failed. Its log tells why, at request {context.TraceIdentifier}.");
        }
    }

    private static ProblemHttpResult? OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => Problems.Invalid("The request is malformed."),
        StatusCodes.Status404NotFound => Problems.NotFound(),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(
            StatusCodes.Status405MethodNotAllowed, ErrorCodes.MethodNotAllowed, $"{context.Request.Method} is not possible here; allowed: {context.Response.Headers.Allow}."),
        StatusCodes.Status413PayloadTooLarge => TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => Problems.Of(
            StatusCodes.Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "The body's content type is not one that is understood here."),
        _ => null,
    };

    private static ProblemHttpResult TooLarge() =>
        Problems.Of(StatusCodes.Status413PayloadTooLarge, ErrorCodes.BodyTooLarge, "The body is larger than this route accepts.");

    private static string Place(JsonException json) => json.Path is { Length: > 0 } path ? $" (at {path})" : "";

    // System.Text.Json ends its messages with path and byte positions, which Place says better.
    private static string Explain(JsonException json)
    {
        var end = json.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        return end < 0 ? json.Message : json.Message[..end];
    }
}
