using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Secrets;

/// <summary>What the endpoints of secrets and of variables have in common: whose they are, who may see them, and how they answer.</summary>
/// <param name="Routes">Those below a repository, or below an organization.</param>
/// <param name="OwnerOf">The owner that a request names.</param>
/// <param name="Whose">repository or organization, for the summaries.</param>
internal sealed record OwnedRoutes(RouteGroupBuilder Routes, Func<HttpContext, SecretOwner> OwnerOf, string Whose)
{
    /// <param name="kind">secrets or variables: the last part of the path.</param>
    /// <param name="map">Adds the endpoints; called for each kind of owner.</param>
    public static void Map(IEndpointRouteBuilder app, string kind, Action<OwnedRoutes> map)
    {
        var ofRepositories = app.MapGroup($"/v1/repos/{{owner}}/{{repository}}/{kind}").Require(Access.Repository(Right.Maintain));
        var ofOrganizations = app.MapGroup($"/v1/orgs/{{owner}}/{kind}").Require(Access.Organization(Right.Own));
        map(new OwnedRoutes(ofRepositories, context => SecretOwner.Of(context.Repository()), "repository"));
        map(new OwnedRoutes(ofOrganizations, context => SecretOwner.Of(context.Organization()), "organization"));
    }

    /// <param name="limit">How many there may be.</param>
    /// <param name="kind">secrets or variables.</param>
    public static Results<Created, NoContent, ProblemHttpResult> Answer(SetResult result, string limitCode, int limit, string kind) => result switch
    {
        SetResult.Created => TypedResults.Created(),
        SetResult.Changed => TypedResults.NoContent(),
        _ => Problems.Conflict(limitCode, $"There are {limit} {kind} here, as many as there may be. Delete one that nothing uses."),
    };

    /// <param name="rows">One more than the page holds, when there are more.</param>
    public static Ok<Page<TResponse>> Answer<TRow, TResponse>(Paging paging, IReadOnlyList<TRow> rows, Func<TRow, long> id, Func<TRow, TResponse> response)
    {
        var page = paging.Page(rows, id);
        return TypedResults.Ok(new Page<TResponse>([.. page.Items.Select(response)], page.Next));
    }
}
