using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Capstan.Server.Hosting;

/// <summary>
/// For routes that hold a request open until something happens: when the server stops, the request is cancelled as if its client had gone, and is answered with
/// <c>shutting_down</c>. Others are given time to end.
/// </summary>
internal sealed class EndsWithServer
{
    public static readonly EndsWithServer Instance = new();
}

internal static class EndsWithServerOfRoute
{
    public static T EndWithServer<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(EndsWithServer.Instance);
}

internal sealed class EndsWithServerMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime)
{
    private const string RetryAfterSeconds = "1";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<EndsWithServer>() is null)
        {
            await next(context);
            return;
        }

        var gone = context.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !gone.IsCancellationRequested && !context.Response.HasStarted)
        {
            context.RequestAborted = gone;
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await Problems.Of(StatusCodes.Status503ServiceUnavailable, Contracts.ErrorCodes.ShuttingDown, "The server is stopping. Ask again when it is back.").ExecuteAsync(context);
        }
        finally
        {
            context.RequestAborted = gone;
        }
    }
}
