namespace Capstan.Contracts.V1;

/// <summary><c>POST /v1/orgs</c>: the caller becomes its owner.</summary>
/// <param name="Path">The slug in addresses.</param>
/// <param name="Name">For people; null: the path.</param>
public sealed record CreateOrganizationRequest(string Path, string? Name = null, string? Description = null);

/// <summary><c>GET /v1/orgs</c> (those that the caller may see), <c>GET /v1/orgs/{owner}</c>.</summary>
/// <param name="Right">What the caller may do: read, write, maintain or own.</param>
public sealed record OrganizationResponse(long Id, string Path, string Name, string Right, DateTimeOffset CreatedAt, string? Description = null);

/// <summary><c>GET /v1/orgs/{owner}/members</c>.</summary>
/// <param name="Role">owner, maintainer, developer or guest.</param>
public sealed record OrganizationMemberResponse(long UserId, string Username, string Role, DateTimeOffset JoinedAt);

/// <summary><c>PUT /v1/orgs/{owner}/members/{username}</c>: adds the member, or changes the role.</summary>
public sealed record SetMemberRequest(string Role);
