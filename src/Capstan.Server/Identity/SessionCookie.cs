using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Identity;

/// <summary>The cookie that carries a session: unreadable for scripts, not sent by other sites' forms.</summary>
public static class SessionCookie
{
    public const string Name = "capstan_session";

    public static void Set(HttpContext context, OpaqueToken token, DateTimeOffset expires) =>
        context.Response.Cookies.Append(Name, token.Text, Options(context, expires));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, expires: null));

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,

        // Behind a proxy that ends TLS the request itself is plain, but the address that people use says https.
        Secure = context.Request.IsHttps || context.RequestServices.GetRequiredService<ServerAddresses>().PublicUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase),
        Path = "/",
        Expires = expires,
        IsEssential = true,
    };
}
