using System.Security.Claims;
using Capstan.Contracts;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace Capstan.Server.Identity;

/// <summary>
/// Decides every request before its endpoint runs: who makes it, whether the route's rule lets them, and, where a browser's session speaks, whether the request
/// came from one of our own pages. A route without a rule is refused.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, Authenticator authenticator, AccessDecisions decisions, IAntiforgery antiforgery)
{
    public async Task InvokeAsync(HttpContext context)
    {
        // Nobody, until it is known: also a page that tells of an outage asks who looks at it.
        context.Set(AnonymousPrincipal.Instance);

        // Nothing matched (routing's own answers for a wrong method or content type are no routes of ours): nobody is asked who they are.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            await next(context);
            return;
        }

        switch (await authenticator.AuthenticateAsync(context))
        {
            case Authentication.As { Principal: var principal }:
                context.Set(principal);
                if (principal is UserPrincipal user)
                    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, user.Username)], "Capstan", ClaimTypes.Name, ClaimTypes.Role));
                break;
            case Authentication.TooManyAttempts { TryAgainAfter: var wait }:
                context.Response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString();
                await RefuseAsync(context, Problems.Of(
                    StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyAttempts, "Too many wrong passwords. Wait a few minutes, then try again."));
                return;
            case Authentication.Refused { Detail: var detail }:
                await RefuseAsync(context, Problems.Unauthenticated(detail));
                return;
        }

        if (await decisions.RefuseAsync(context, endpoint.Metadata.GetMetadata<Access>()) is { } refusal)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        // A cookie is sent by the browser, whoever wrote the page: only the antiforgery token shows that it was ours.
        if (IsUnsafe(context.Request.Method) && context.Principal() is UserPrincipal { SessionId: not null } && !await antiforgery.IsRequestValidAsync(context))
        {
            await RefuseAsync(context, Problems.Of(
                StatusCodes.Status400BadRequest, ErrorCodes.AntiforgeryFailed, "The form is too old, or did not come from a page of this server. Load the page again."));
            return;
        }

        await next(context);
    }

    internal static bool IsUnsafe(string method) =>
        !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method));

    internal static async Task RefuseAsync(HttpContext context, ProblemHttpResult refusal)
    {
        if (refusal.StatusCode == StatusCodes.Status401Unauthorized)
        {
            if (HttpMethods.IsGet(context.Request.Method) && Pages.AreWantedBy(context))
            {
                var here = context.Request.Path + context.Request.QueryString;
                context.Response.Redirect($"/login?return_to={Uri.EscapeDataString(here)}");
                return;
            }

            // git asks for a name and password only when the answer names Basic. A program that calls /v1 is not to ask anybody for a password.
            context.Response.Headers.WWWAuthenticate = Pages.IsApi(context) ? "Bearer" : new StringValues(["Basic realm=\"Capstan\", charset=\"UTF-8\"", "Bearer"]);
        }

        await refusal.ExecuteAsync(context);
    }
}
