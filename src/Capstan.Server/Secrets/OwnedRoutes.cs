using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Deployments;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Workflows.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Capstan.Server.Secrets;

/// <summary>The owner that a request names, or why it has none.</summary>
internal readonly record struct FoundOwner(SecretOwner? Owner, ProblemHttpResult? Refusal);

/// <summary>What the endpoints of secrets and of variables have in common: whose they are, who may see them, and how they answer.</summary>
/// <param name="Routes">Those below a repository, below an environment of it, or below an organization.</param>
/// <param name="FindAsync">The owner that a request names; null: there is none, and so nothing of it.</param>
/// <param name="ToSetAsync">The same for a request that sets something: an environment is made by it.</param>
/// <param name="Whose">repository, environment or organization, for the summaries.</param>
internal sealed record OwnedRoutes(RouteGroupBuilder Routes, Func<HttpContext, Task<SecretOwner?>> FindAsync, Func<HttpContext, Task<FoundOwner>> ToSetAsync, string Whose)
{
    private const string EnvironmentValue = "environment";

    /// <param name="kind">secrets or variables: the last part of the path.</param>
    /// <param name="map">Adds the endpoints; called for each kind of owner.</param>
    public static void Map(IEndpointRouteBuilder app, string kind, Action<OwnedRoutes> map)
    {
        var ofRepositories = app.MapGroup($"/v1/repos/{{owner}}/{{repository}}/{kind}").Require(Access.Repository(Right.Maintain));
        var ofEnvironments = app.MapGroup($"/v1/repos/{{owner}}/{{repository}}/environments/{{{EnvironmentValue}}}/{kind}").Require(Access.Repository(Right.Maintain));
        var ofOrganizations = app.MapGroup($"/v1/orgs/{{owner}}/{kind}").Require(Access.Organization(Right.Own));
        map(Of(ofRepositories, context => SecretOwner.Of(context.Repository()), "repository"));
        map(new OwnedRoutes(ofEnvironments, FindEnvironmentAsync, MakeEnvironmentAsync, "environment"));
        map(Of(ofOrganizations, context => SecretOwner.Of(context.Organization()), "organization"));
    }

    public static ProblemHttpResult NoOwner() => Problems.NotFound("There is no such environment.");

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

    private static OwnedRoutes Of(RouteGroupBuilder routes, Func<HttpContext, SecretOwner> owner, string whose) =>
        new(routes, context => Task.FromResult<SecretOwner?>(owner(context)), context => Task.FromResult(new FoundOwner(owner(context), null)), whose);

    private static async Task<SecretOwner?> FindEnvironmentAsync(HttpContext context) =>
        await Environments(context).FindAsync(context.Repository().Id, EnvironmentOf(context), context.RequestAborted) is { } found
            ? SecretOwner.Of(context.Repository(), found)
            : null;

    private static async Task<FoundOwner> MakeEnvironmentAsync(HttpContext context)
    {
        var name = EnvironmentOf(context);
        if (EnvironmentSettings.NameProblem(name) is { } problem)
            return new FoundOwner(null, Problems.Invalid("There can be no such environment.", new Dictionary<string, string[]> { [EnvironmentValue] = [problem + "."] }));
        return await Environments(context).FindOrMakeAsync(context.Repository(), name, context.Principal(), context.RequestAborted) is { } found
            ? new FoundOwner(SecretOwner.Of(context.Repository(), found), null)
            : new FoundOwner(null, Problems.Conflict(
                ErrorCodes.EnvironmentLimitReached, $"There are {EnvironmentStore.MaxOfRepository} environments here, as many as there may be."));
    }

    private static EnvironmentStore Environments(HttpContext context) => context.RequestServices.GetRequiredService<EnvironmentStore>();

    // A slash of a name arrives as it was sent, so that it parts nothing; all other signs have been decoded.
    private static string EnvironmentOf(HttpContext context) =>
        ((string)context.GetRouteValue(EnvironmentValue)!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
