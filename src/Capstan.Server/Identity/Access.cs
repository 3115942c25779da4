using Capstan.Server.Data;
using Microsoft.AspNetCore.Builder;

namespace Capstan.Server.Identity;

/// <summary>What somebody may do with a repository or an organization; each includes those before it.</summary>
public enum Right
{
    /// <summary>Nothing, not even know that it exists.</summary>
    None,

    /// <summary>Reporter, or guest of an organization: see, clone, read runs, logs and artifacts.</summary>
    Read,

    /// <summary>Developer: also push, dispatch, cancel, run again.</summary>
    Write,

    /// <summary>Maintainer: also lock, secrets, environments, targets, runners, members.</summary>
    Maintain,

    /// <summary>Owner: everything, delete included.</summary>
    Own,
}

/// <summary>Who may call a route: every route names one with <see cref="AccessOfRoute.Require{T}"/>, and a route that names none is refused to everybody.</summary>
public abstract record Access
{
    /// <summary>Everybody; the endpoint itself shows only what its caller may see.</summary>
    public static readonly Access Anyone = new AnyoneAccess();

    /// <summary>Any user; a token needs the scope <c>write</c> for anything but GET and HEAD.</summary>
    public static readonly Access SignedIn = new SignedInAccess();

    /// <summary>As <see cref="SignedIn"/>, but open to a user who must change the password first.</summary>
    public static readonly Access SignedInToChangePassword = new SignedInAccess(EvenWithOneTimePassword: true);

    /// <summary>Administrators of the server.</summary>
    public static readonly Access Admin = new AdminAccess();

    /// <summary>Registered runners; which execution is theirs is the endpoint's to check.</summary>
    public static readonly Access Runner = new RunnerAccess();

    /// <summary>Jobs, by their token; what is their run's is the endpoint's to check.</summary>
    public static readonly Access Job = new JobAccess();

    /// <summary>The repository of the route values <c>owner</c> and <c>repository</c> (with or without <c>.git</c>).</summary>
    public static Access Repository(Right right) => new RepositoryAccess(right);

    /// <summary>The repository that <paramref name="sql"/> finds for the number in a route value: <c>select repository_id from … where id = @Id</c>.</summary>
    public static Access RepositoryOf(string routeValue, string sql, Right right) => new RepositoryAccess(right) { RouteValue = routeValue, Sql = sql };

    /// <summary>The organization of the route value <c>owner</c>.</summary>
    public static Access Organization(Right right) => new OrganizationAccess(right);
}

internal sealed record AnyoneAccess : Access
{
    public override string ToString() => "anyone";
}

internal sealed record SignedInAccess(bool EvenWithOneTimePassword = false) : Access
{
    public override string ToString() => EvenWithOneTimePassword ? "signed in, also with a one-time password" : "signed in";
}

internal sealed record AdminAccess : Access
{
    public override string ToString() => "administrator";
}

internal sealed record RunnerAccess : Access
{
    public override string ToString() => "runner";
}

internal sealed record JobAccess : Access
{
    public override string ToString() => "job";
}

internal sealed record RepositoryAccess(Right Right) : Access
{
    public string? RouteValue { get; init; }

    public string? Sql { get; init; }

    public override string ToString() => RouteValue is null ? $"repository: {Right}" : $"repository of {{{RouteValue}}}: {Right}";
}

internal sealed record OrganizationAccess(Right Right) : Access
{
    public override string ToString() => $"organization: {Right}";
}

/// <summary>A repository as its route found it for this caller.</summary>
/// <param name="Owner">The organization's slug, in its own spelling.</param>
/// <param name="Path">The repository's slug, in its own spelling.</param>
/// <param name="Visibility">public, internal or private.</param>
/// <param name="Right">The caller's effective right, at least what the route requires.</param>
public sealed record AccessedRepository(
    RepositoryId Id, OrganizationId OrganizationId, string Owner, string Path, string Name, string DefaultBranch, string Visibility, Right Right);

/// <summary>An organization as its route found it for this caller.</summary>
public sealed record AccessedOrganization(OrganizationId Id, string Path, string Name, string? Description, Right Right);

public static class AccessOfRoute
{
    /// <summary>Says who may call the route. On a group it holds for all its routes; the innermost wins.</summary>
    public static T Require<T>(this T route, Access access)
        where T : IEndpointConventionBuilder => route.WithMetadata(access);
}
