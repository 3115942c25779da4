using Capstan.Contracts;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Identity;

/// <summary>
/// The forms of the sign-in page. <c>POST /login</c> takes <c>username</c>, <c>password</c>, <c>new_password</c> (only when asked for), <c>return_to</c> and the
/// antiforgery field, and always answers with a redirect: to <c>return_to</c>, or back to <c>/login?error=CODE&amp;return_to=…</c> with the code <c>wrong</c>, <c>wait</c>,
/// <c>change</c> (a one-time password: show the field for a new one), <c>weak</c> (the same, the new one was refused) or <c>form</c>.
/// <c>POST /logout</c> ends the session.
/// </summary>
internal static class SignInEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/login", SignIn).Require(Access.Anyone).ExcludeFromDescription();
        app.MapPost("/logout", SignOut).Require(Access.Anyone).ExcludeFromDescription();
    }

    private static async Task<IResult> SignIn(
        HttpContext context, IAntiforgery antiforgery, Authenticator authenticator, Users users, Sessions sessions, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType)
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "Send the form of the sign-in page.");
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var returnTo = LocalPath(form["return_to"]);

        // Also a sign-in is protected: otherwise another site could sign a visitor in as somebody else and watch what is entered.
        if (!await antiforgery.IsRequestValidAsync(context))
            return Back("form", returnTo);
        var (username, password) = (form["username"].ToString(), form["password"].ToString());
        var result = await authenticator.ByPasswordAsync(username, password, Authenticator.AddressOf(context), cancellationToken);
        if (result is not Authentication.As { Principal: UserPrincipal user })
            return Back(result is Authentication.TooManyAttempts ? "wait" : "wrong", returnTo);
        if (user.MustChangePassword)
        {
            var next = form["new_password"].ToString();
            if (next.Length == 0)
                return Back("change", returnTo);
            if (await users.ChangePasswordAsync(user, password, next, cancellationToken) is not ChangePasswordResult.Changed)
                return Back("weak", returnTo);
        }

        var (token, expires) = await sessions.StartAsync(user.Id, cancellationToken);
        SessionCookie.Set(context, token, expires);
        return TypedResults.LocalRedirect(returnTo);
    }

    private static async Task<RedirectHttpResult> SignOut(HttpContext context, Sessions sessions, CancellationToken cancellationToken)
    {
        if (context.Principal() is UserPrincipal { SessionId: { } session })
            await sessions.EndAsync(session, cancellationToken);
        SessionCookie.Clear(context);
        return TypedResults.LocalRedirect("/login");
    }

    private static RedirectHttpResult Back(string error, string returnTo) => TypedResults.LocalRedirect($"/login?error={error}&return_to={Uri.EscapeDataString(returnTo)}");

    // Only a path of ours: an address that begins with // or /\ leads elsewhere in a browser.
    private static string LocalPath(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.AsSpan().ContainsAnyInRange('\0', '\x1f') ? path : "/";
}
