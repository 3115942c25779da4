using Capstan.Contracts;
using Capstan.Server.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Identity;

/// <summary>Whether a principal may use a route, and which refusal tells it no more than it may know.</summary>
public sealed class AccessDecisions(RightsQueries rights)
{
    private const string GitSuffix = ".git";

    /// <summary>Sets the repository or organization of the route on the context when the caller may access it.</summary>
    /// <returns>Null: go on.</returns>
    internal async Task<ProblemHttpResult?> RefuseAsync(HttpContext context, Access? access)
    {
        var principal = context.Principal();
        if (principal is UserPrincipal { MustChangePassword: true } && access is not (AnyoneAccess or SignedInAccess { EvenWithOneTimePassword: true }))
            return Problems.Forbidden("This password was given for one sign-in: choose your own first.", ErrorCodes.PasswordChangeRequired);
        return access switch
        {
            AnyoneAccess => null,
            SignedInAccess => SignedIn(principal, AccessMiddleware.IsUnsafe(context.Request.Method)),
            AdminAccess => SignedIn(principal, write: AccessMiddleware.IsUnsafe(context.Request.Method))
                ?? (principal is UserPrincipal { IsAdmin: true } ? null : Problems.Forbidden("Only an administrator of this server may do this.")),
            RunnerAccess => principal switch
            {
                RunnerPrincipal => null,
                AnonymousPrincipal => Problems.Unauthenticated("Send the runner's credential as a bearer token."),
                _ => Problems.Forbidden("Only a registered runner may do this."),
            },
            JobAccess => principal switch
            {
                JobPrincipal => null,
                AnonymousPrincipal => Problems.Unauthenticated("Send the job's token as a bearer token."),
                _ => Problems.Forbidden("Only a job may do this."),
            },
            RepositoryAccess repository => await RepositoryAsync(context, principal, repository),
            OrganizationAccess organization => await OrganizationAsync(context, principal, organization),
            _ => Problems.Forbidden("This route has no rule that says who may use it."),
        };
    }

    private static ProblemHttpResult? SignedIn(Principal principal, bool write) => principal switch
    {
        UserPrincipal { CanWrite: false } when write => Problems.Forbidden("This token may only read: it lacks the scope write."),
        UserPrincipal => null,
        AnonymousPrincipal => Problems.Unauthenticated(),
        _ => Problems.Forbidden("Only a user may do this."),
    };

    private async Task<ProblemHttpResult?> RepositoryAsync(HttpContext context, Principal principal, RepositoryAccess access)
    {
        var found = await FindAsync(context, principal, access);
        if (Refuse(principal, found?.Right ?? Right.None, access.Right) is { } refusal)
            return refusal;
        context.Set(found!);
        return null;
    }

    private async Task<AccessedRepository?> FindAsync(HttpContext context, Principal principal, RepositoryAccess access)
    {
        if (access is { RouteValue: { } name, Sql: { } sql })
        {
            return long.TryParse(Value(context, name), out var id) ? await rights.FindRepositoryAsync(principal, sql, id, context.RequestAborted) : null;
        }

        var repository = Value(context, "repository");
        if (repository.EndsWith(GitSuffix, StringComparison.OrdinalIgnoreCase))
            repository = repository[..^GitSuffix.Length];
        return await rights.FindRepositoryAsync(principal, Value(context, "owner"), repository, context.RequestAborted);
    }

    private async Task<ProblemHttpResult?> OrganizationAsync(HttpContext context, Principal principal, OrganizationAccess access)
    {
        var found = await rights.FindOrganizationAsync(principal, Value(context, "owner"), context.RequestAborted);
        if (Refuse(principal, found?.Right ?? Right.None, access.Right) is { } refusal)
            return refusal;
        context.Set(found!);
        return null;
    }

    /// <summary>401 for a stranger, 404 when its very existence is not the caller's business, 403 when it is but the right is not enough.</summary>
    internal static ProblemHttpResult? Refuse(Principal principal, Right has, Right needs)
    {
        if (has < needs)
        {
            return principal is AnonymousPrincipal ? Problems.Unauthenticated()
                : has == Right.None ? Problems.NotFound()
                : Problems.Forbidden($"This needs the right to {Verb(needs)}; you have the right to {Verb(has)}.");
        }

        return needs > Right.Read && principal is UserPrincipal { CanWrite: false } ? Problems.Forbidden("This token may only read: it lacks the scope write.") : null;
    }

    private static string Verb(Right right) => right.ToString().ToLowerInvariant();

    private static string Value(HttpContext context, string name) => context.GetRouteValue(name) as string ?? "";
}
