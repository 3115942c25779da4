using Capstan.Server.Data;
using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Identity;

/// <summary>Who makes a request. Every authorization asks it and nothing else.</summary>
public abstract record Principal;

/// <summary>Nobody in particular: may see what is public.</summary>
public sealed record AnonymousPrincipal : Principal
{
    public static readonly AnonymousPrincipal Instance = new();
}

/// <summary>A person, signed in by session, password or access token.</summary>
/// <param name="IsAdmin">May do everything. False for an administrator's token without the scope <c>admin</c>.</param>
public sealed record UserPrincipal(UserId Id, string Username, bool IsAdmin) : Principal
{
    /// <summary>False for a token without the scope <c>write</c>: it reads what its user may read.</summary>
    public bool CanWrite { get; init; } = true;

    /// <summary>Signed in with a password that must be changed first: nothing else is allowed until then.</summary>
    public bool MustChangePassword { get; init; }

    /// <summary>When the access token that was sent expires; null for one that does not, and for passwords and sessions.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <summary>The session the request came with; null for tokens and passwords.</summary>
    public long? SessionId { get; init; }
}

/// <summary>A registered runner, by its credential.</summary>
public sealed record RunnerPrincipal(RunnerId Id) : Principal;

/// <summary>A job, by the token of one execution whose lease is alive.</summary>
/// <param name="Permissions">Names to <c>read</c> or <c>write</c>, as in a workflow's <c>permissions:</c>; what is absent is <c>none</c>.</param>
public sealed record JobPrincipal(ExecutionId ExecutionId, RunId RunId, RepositoryId RepositoryId, IReadOnlyDictionary<string, string> Permissions) : Principal
{
    public bool MayReadContents => Permissions.TryGetValue("contents", out var level) && level is "read" or "write";

    public bool MayWriteContents => Permissions.TryGetValue("contents", out var level) && level is "write";
}

public static class PrincipalOfRequest
{
    private static readonly object PrincipalKey = new();
    private static readonly object RepositoryKey = new();
    private static readonly object OrganizationKey = new();

    /// <summary>Who makes this request; set before any endpoint runs.</summary>
    public static Principal Principal(this HttpContext context) =>
        context.Items[PrincipalKey] as Principal ?? throw new InvalidOperationException("The request was not authenticated yet.");

    /// <summary>The signed-in user, on routes that require one.</summary>
    public static UserPrincipal User(this HttpContext context) =>
        context.Principal() as UserPrincipal ?? throw new InvalidOperationException("The route does not require a signed-in user.");

    /// <summary>The repository of the route, which the caller may access as the route requires.</summary>
    public static AccessedRepository Repository(this HttpContext context) =>
        context.Items[RepositoryKey] as AccessedRepository ?? throw new InvalidOperationException("The route requires no right to a repository.");

    /// <summary>The organization of the route, which the caller may access as the route requires.</summary>
    public static AccessedOrganization Organization(this HttpContext context) =>
        context.Items[OrganizationKey] as AccessedOrganization ?? throw new InvalidOperationException("The route requires no right to an organization.");

    internal static void Set(this HttpContext context, Principal principal) => context.Items[PrincipalKey] = principal;

    internal static void Set(this HttpContext context, AccessedRepository repository) => context.Items[RepositoryKey] = repository;

    internal static void Set(this HttpContext context, AccessedOrganization organization) => context.Items[OrganizationKey] = organization;
}
