using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Identity;

/// <summary><c>/v1/tokens</c>: the caller's own access tokens.</summary>
internal static class TokenEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var tokens = app.MapGroup("/v1/tokens").WithTags("Tokens").Require(Access.SignedIn);
        tokens.MapGet("", List);
        tokens.MapPost("", Create);
        tokens.MapDelete("/{id:long}", Revoke);
    }

    private static async Task<Ok<Page<TokenResponse>>> List([AsParameters] Paging paging, HttpContext context, AccessTokens tokens, CancellationToken cancellationToken) =>
        TypedResults.Ok(paging.Page(await tokens.ListAsync(context.User().Id, paging.After ?? 0, paging.Take, cancellationToken), token => token.Id));

    private static async Task<Results<Created<CreateTokenResponse>, ProblemHttpResult>> Create(
        CreateTokenRequest request, HttpContext context, AccessTokens tokens, TimeProvider clock, CancellationToken cancellationToken)
    {
        // A token must not make one that may do more than itself, or for longer. (One that only reads makes none: the route wants the scope write.)
        var user = context.User();
        var scopes = request.Scopes ?? [TokenScopes.Read, TokenScopes.Write];
        if (scopes.Contains(TokenScopes.Admin) && !user.IsAdmin)
            return Problems.Forbidden("Only an administrator, signed in as one, makes a token with the scope admin.");

        // Clamped to just outside of what is allowed: millions of days are more than a TimeSpan holds.
        var life = request.ExpiresInDays is { } days ? TimeSpan.FromDays(Math.Clamp(days, 0, AccessTokens.MaxDays + 1)) : (TimeSpan?)null;
        if (user.TokenExpiresAt is { } end && (life is null || clock.GetUtcNow() + life > end))
            return Problems.Forbidden($"The token that was sent expires at {end:u}: it makes none that lives longer. Give expires_in_days, or sign in with the password.");
        return await tokens.CreateAsync(user, user.Id, request.Name, scopes, life, cancellationToken) switch
        {
            CreateTokenResult.Created created => TypedResults.Created($"/v1/tokens/{created.Id}", new CreateTokenResponse(created.Id, created.Token)),
            CreateTokenResult.Refused refused => Problems.Invalid(refused.Detail),
            _ => throw new InvalidOperationException("No such result."),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(long id, HttpContext context, AccessTokens tokens, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(context.User(), id, cancellationToken) ? TypedResults.NoContent() : Problems.NotFound("You have no such token.");
}
