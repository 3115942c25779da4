using Capstan.Server.Identity;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Web;

/// <summary>What every page knows of its visitor.</summary>
/// <param name="Username">Null: not signed in.</param>
/// <param name="AntiforgeryField">Name and value of the hidden field that shows that a form was ours.</param>
/// <param name="Address">Path and query of this page, to come back to after signing in.</param>
public sealed record PageContext(string? Username, string AntiforgeryField, string AntiforgeryToken, string Address)
{
    internal static PageContext Of(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return new PageContext((context.Principal() as UserPrincipal)?.Username, tokens.FormFieldName, tokens.RequestToken!, context.Request.Path + context.Request.QueryString);
    }
}
