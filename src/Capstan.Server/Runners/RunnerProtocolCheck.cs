using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Runners;

/// <summary>
/// The version check of every call that a runner makes: the current and the previous version are served. Others are refused before the body is read, because its
/// form is what a version changes; nothing is changed by a refused call, so the runner's registration stays good for the day its program fits again.
/// </summary>
public static class RunnerProtocolCheck
{
    /// <summary>Refuses calls of runners that speak another protocol. On a group it holds for all its routes.</summary>
    public static T RequireRunnerProtocol<T>(this T route)
        where T : IEndpointConventionBuilder
    {
        route.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => VersionOf(context) is null ? RefuseAsync(context) : next(context);
        });
        return route;
    }

    /// <summary>The version in which the runner speaks; null when it is none that is served.</summary>
    public static int? VersionOf(HttpContext context) =>
        int.TryParse(context.Request.Headers[Protocol.VersionHeader], out var version) && version is >= Protocol.OldestServedVersion and <= Protocol.CurrentVersion
            ? version
            : null;

    private static Task RefuseAsync(HttpContext context)
    {
        var sent = context.Request.Headers[Protocol.VersionHeader].ToString();
        var served = Protocol.OldestServedVersion == Protocol.CurrentVersion ? $"{Protocol.CurrentVersion}" : $"{Protocol.OldestServedVersion} to {Protocol.CurrentVersion}";
        return Problems.Of(
            StatusCodes.Status400BadRequest,
            ErrorCodes.RunnerVersionUnsupported,
            $"This server speaks the runner protocol {served}; the runner {(sent.Length == 0 ? $"sent no {Protocol.VersionHeader}" : $"speaks {sent}")}. "
            + "Use a runner of the server's version. The registration is kept.").ExecuteAsync(context);
    }
}
