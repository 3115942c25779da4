using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Deployments;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Workflows.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Secrets;

/// <summary>The owner that a request names, or why it has none.</summary>
internal abstract record OwnerResult
{
    private OwnerResult()
    {
    }

    public sealed record Found(SecretOwner Owner) : OwnerResult;

    public sealed record Refused(ProblemHttpResult Problem) : OwnerResult;
}

/// <summary>What the endpoints of secrets and of variables have in common: whose they are, who may see them, and how they answer.</summary>
/// <param name="Routes">Those below a repository, below an environment of it, or below an organization.</param>
/// <param name="FindAsync">The owner that a request names.</param>
/// <param name="ToSetAsync">The same for a request that sets something: an environment is made by it.</param>
/// <param name="Whose">repository, environment or organization, for the summaries.</param>
internal sealed record OwnedRoutes(
    RouteGroupBuilder Routes, Func<HttpContext, Task<OwnerResult>> FindAsync, Func<HttpContext, Task<OwnerResult>> ToSetAsync, string Whose)
{
    private const string EnvironmentValue = "environment";
    private const string EscapedSlash = "%2F";

    /// <param name="kind">secrets or variables: the last part of the path.</param>
    /// <param name="map">Adds the endpoints; called for each kind of owner.</param>
    public static void Map(IEndpointRouteBuilder app, string kind, Action<OwnedRoutes> map)
    {
        var ofRepositories = app.MapGroup($"/v1/repos/{{owner}}/{{repository}}/{kind}").Require(Access.Repository(Right.Maintain));
        var ofEnvironments = app.MapGroup($"/v1/repos/{{owner}}/{{repository}}/environments/{{{EnvironmentValue}}}/{kind}").Require(Access.Repository(Right.Maintain));
        var ofOrganizations = app.MapGroup($"/v1/orgs/{{owner}}/{kind}").Require(Access.Organization(Right.Own));
        var environments = app.ServiceProvider.GetRequiredService<EnvironmentStore>();
        map(Of(ofRepositories, context => SecretOwner.Of(context.Repository()), "repository"));
        map(new OwnedRoutes(
            ofEnvironments, context => FindEnvironmentAsync(environments, context), context => MakeEnvironmentAsync(environments, context), "environment"));
        map(Of(ofOrganizations, context => SecretOwner.Of(context.Organization()), "organization"));
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

    private static OwnedRoutes Of(RouteGroupBuilder routes, Func<HttpContext, SecretOwner> owner, string whose)
    {
        Task<OwnerResult> Find(HttpContext context) => Task.FromResult<OwnerResult>(new OwnerResult.Found(owner(context)));
        return new OwnedRoutes(routes, Find, Find, whose);
    }

    private static async Task<OwnerResult> FindEnvironmentAsync(EnvironmentStore environments, HttpContext context) =>
        await environments.FindAsync(context.Repository().Id, EnvironmentOf(context), context.RequestAborted) is { } found
            ? new OwnerResult.Found(SecretOwner.Of(context.Repository(), found))
            : new OwnerResult.Refused(Problems.NotFound("There is no such environment."));

    private static async Task<OwnerResult> MakeEnvironmentAsync(EnvironmentStore environments, HttpContext context)
    {
        var name = EnvironmentOf(context);
        if (EnvironmentSettings.NameProblem(name) is { } problem)
        {
            var errors = new Dictionary<string, string[]> { [EnvironmentValue] = [problem + "."] };
            return new OwnerResult.Refused(Problems.Invalid("There can be no such environment.", errors));
        }

        return await environments.FindOrMakeAsync(context.Repository(), name, context.Principal(), context.RequestAborted) is { } found
            ? new OwnerResult.Found(SecretOwner.Of(context.Repository(), found))
            : new OwnerResult.Refused(Problems.Conflict(
                ErrorCodes.EnvironmentLimitReached, $"There are {EnvironmentStore.MaxOfRepository} environments here, as many as there may be."));
    }

    // A slash of a name arrives as it was sent, so that it parts nothing; all other signs have been decoded. It looks like a name that has this escape in it, then, which
    // was sent as %252F: only the address as it came tells one from the other.
    private static string EnvironmentOf(HttpContext context)
    {
        var name = (string)context.GetRouteValue(EnvironmentValue)!;
        if (!name.Contains(EscapedSlash, StringComparison.OrdinalIgnoreCase))
            return name;
        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        return path.Split('/').Select(Uri.UnescapeDataString).First(part => WithSlashes(part) == WithSlashes(name));
    }

    private static string WithSlashes(string name) => name.Replace(EscapedSlash, "/", StringComparison.OrdinalIgnoreCase);
}
