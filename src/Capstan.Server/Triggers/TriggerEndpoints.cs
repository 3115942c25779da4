using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Triggers;

internal static class TriggerEndpoints
{
    private const int DefaultPageSize = 30;
    private const int MaxPageSize = 100;

    public static void MapTriggerEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/repos/{owner}/{repository}").WithTags("triggers").Require(Access.Repository(Right.Read));
        group.MapGet("/events", ListEvents);
    }

    private static async Task<Results<Ok<TriggerEventListResponse>, ProblemHttpResult>> ListEvents(
        string owner, string repository, HttpContext context, TriggerQueries queries, long? before = null, int limit = DefaultPageSize)
    {
        if (limit is < 1 or > MaxPageSize)
            return Problems.Invalid($"limit is between 1 and {MaxPageSize}.");
        var events = await queries.ListAsync(context.Repository().Id, before, limit + 1, context.RequestAborted);
        return TypedResults.Ok(new TriggerEventListResponse([.. events.Take(limit)], events.Count > limit ? events[limit - 1].Id : null));
    }
}
