using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Organizations;

/// <summary><c>/v1/orgs</c>.</summary>
internal static class OrganizationEndpoints
{
    private const string Select = $"""
        select o.id, o.path, o.name, o.description, o.created_at, {RightsQueries.OrganizationRight} as "right" from organizations o
        """;

    // A caller's own organizations are found from the member's side; an administrator reads in the order of ids.
    private const string SelectSeen = $"""
        {Select} where o.id > @After and (@IsAdmin or o.id in (select m.organization_id from organization_members m where m.user_id = @UserId)) order by o.id limit @Take
        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        var all = app.MapGroup("/v1/orgs").WithTags("Organizations").Require(Access.SignedIn);
        all.MapGet("", List);
        all.MapPost("", Create);
        var one = app.MapGroup("/v1/orgs/{owner}").WithTags("Organizations").Require(Access.Organization(Right.Read));
        one.MapGet("", Get);
        one.MapGet("/members", ListMembers);
        one.MapPut("/members/{username}", SetMember).Require(Access.Organization(Right.Maintain));
        one.MapDelete("/members/{username}", RemoveMember).Require(Access.Organization(Right.Read));
    }

    private static async Task<Ok<Page<OrganizationResponse>>> List([AsParameters] Paging paging, HttpContext context, Database database, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = RightsQueries.Caller(context.Principal());
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<OrganizationRow>(SelectSeen, new { After = paging.After ?? 0, UserId = userId, IsAdmin = isAdmin, paging.Take });
        return TypedResults.Ok(paging.Page(rows.Select(row => row.ToResponse()).ToList(), organization => organization.Id));
    }

    private static async Task<Results<Created<OrganizationResponse>, ProblemHttpResult>> Create(
        CreateOrganizationRequest request, HttpContext context, OrganizationChanges changes, Database database, CancellationToken cancellationToken)
    {
        var result = await changes.CreateAsync(context.User(), request.Path, request.Name, request.Description, cancellationToken);
        if (result is CreateOrganizationResult.Refused refused)
            return refused.Code == ErrorCodes.Invalid ? Problems.Invalid(refused.Detail) : Problems.Conflict(refused.Code, refused.Detail);
        var created = (CreateOrganizationResult.Created)result;
        return TypedResults.Created($"/v1/orgs/{request.Path}", await ReadAsync(context, database, created.Id, cancellationToken));
    }

    private static async Task<Ok<OrganizationResponse>> Get(HttpContext context, Database database, CancellationToken cancellationToken) =>
        TypedResults.Ok(await ReadAsync(context, database, context.Organization().Id, cancellationToken));

    private static async Task<Ok<Page<OrganizationMemberResponse>>> ListMembers(
        [AsParameters] Paging paging, HttpContext context, Database database, CancellationToken cancellationToken)
    {
        const string sql = """
            select u.id as user_id, u.username, m.role, m.joined_at
              from organization_members m join users u on u.id = m.user_id
             where m.organization_id = @Id and m.user_id > @After order by m.user_id limit @Take
            """;
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<MemberRow>(sql, new { context.Organization().Id, After = paging.After ?? 0, paging.Take });
        return TypedResults.Ok(paging.Page(
            rows.Select(row => new OrganizationMemberResponse(row.UserId.Value, row.Username, row.Role, row.JoinedAt)).ToList(), member => member.UserId));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> SetMember(
        string username, SetMemberRequest request, HttpContext context, OrganizationChanges changes, CancellationToken cancellationToken)
    {
        if (!OrganizationChanges.Roles.Contains(request.Role))
            return Problems.Invalid($"A role is one of {string.Join(", ", OrganizationChanges.Roles)}.");
        return Answer(username, await changes.SetMemberAsync(context.Principal(), context.Organization(), username, request.Role, cancellationToken));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveMember(
        string username, HttpContext context, OrganizationChanges changes, CancellationToken cancellationToken)
    {
        // Anybody may leave; taking out somebody else is a maintainer's to do.
        var organization = context.Organization();
        if (context.Principal() is not UserPrincipal { CanWrite: true } caller)
            return Problems.Forbidden("This token may only read: it lacks the scope write.");
        if (organization.Right < Right.Maintain && !caller.Username.Equals(username, StringComparison.OrdinalIgnoreCase))
            return Problems.Forbidden("Only a maintainer takes out other members.");
        return Answer(username, await changes.RemoveMemberAsync(caller, organization, username, cancellationToken));
    }

    private static Results<NoContent, ProblemHttpResult> Answer(string username, ChangeMemberResult result) => result switch
    {
        ChangeMemberResult.Changed => TypedResults.NoContent(),
        ChangeMemberResult.OnlyOwners => Problems.Forbidden("Only an owner makes or unmakes owners."),
        ChangeMemberResult.LastOwner => Problems.Conflict(ErrorCodes.Conflict, "An organization keeps at least one owner: make somebody else owner first."),
        _ => Problems.NotFound($"There is no '{username}' to do this with."),
    };

    private static async Task<OrganizationResponse> ReadAsync(HttpContext context, Database database, OrganizationId id, CancellationToken cancellationToken)
    {
        var (userId, isAdmin) = RightsQueries.Caller(context.Principal());
        var row = await database.ReadSingleOrDefaultAsync<OrganizationRow>($"{Select} where o.id = @Id", new { Id = id, UserId = userId, IsAdmin = isAdmin }, cancellationToken);
        return row!.ToResponse();
    }

    private sealed record OrganizationRow(OrganizationId Id, string Path, string Name, string? Description, DateTimeOffset CreatedAt, int Right)
    {
        public OrganizationResponse ToResponse() => new(Id.Value, Path, Name, ((Right)Right).ToString().ToLowerInvariant(), CreatedAt, Description);
    }

    private sealed record MemberRow(UserId UserId, string Username, string Role, DateTimeOffset JoinedAt);
}
