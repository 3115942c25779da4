using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Hosting;

/// <summary>Headers that every answer carries, so that no page can be framed, sniffed or made to run a stranger's script.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>Scripts and styles come from our own files only; nothing inline, so a log line or a branch's name can never become a script.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
