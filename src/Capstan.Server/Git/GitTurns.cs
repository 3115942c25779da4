using Capstan.Contracts;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Git;

/// <summary>
/// Every request of git starts a process, and one address must not start all that the machine can bear. What is over the limit waits for its turn, since git does not
/// come back by itself; what waits too long is refused. Thread-safe.
/// </summary>
internal sealed class GitTurns : IEndpointFilter
{
    /// <summary>More than any one person's clients need, and what a machine of many runners gets through at once.</summary>
    public const int MaxPerAddress = 32;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly Turns<string> turns = new(MaxPerAddress);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        using var turn = await TryEnterAsync(Authenticator.AddressOf(http), LongestWait, http.RequestAborted);
        if (turn is not null)
            return await next(context);
        http.Response.Headers.RetryAfter = "30";
        return Problems.Of(
            StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyRequests, $"{MaxPerAddress} requests of git from this address are being served already. Try again in a moment.");
    }

    /// <summary>How many requests of the address are served or wait.</summary>
    public int RequestsOf(string address) => turns.UsersOf(address);

    /// <returns>Disposing it ends the turn. Null when it did not come in time.</returns>
    public Task<IDisposable?> TryEnterAsync(string address, TimeSpan wait, CancellationToken cancellationToken) => turns.TryEnterAsync(address, wait, cancellationToken);
}
