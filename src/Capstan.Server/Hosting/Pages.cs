using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Hosting;

/// <summary>Tells people's browsers from programs.</summary>
internal static class Pages
{
    /// <summary>A browser asks for pages of the server, or sends a form of one; neither with credentials of its own, nor under <c>/v1</c>.</summary>
    public static bool AreWantedBy(HttpContext context) =>
        context.Request.Headers.Authorization.Count == 0
        && !IsApi(context)
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);
}
