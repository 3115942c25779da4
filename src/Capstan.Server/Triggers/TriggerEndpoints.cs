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
    public static void MapTriggerEndpoints(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/repos/{owner}/{repository}").WithTags("triggers").Require(Access.Repository(Right.Read));
        group.MapGet("/events", ListEvents);
    }

    private static async Task<Ok<Page<TriggerEventResponse>>> ListEvents(
        string owner, string repository, [AsParameters] Paging paging, HttpContext context, TriggerQueries queries)
    {
        var events = await queries.ListAsync(context.Repository().Id, paging.After, paging.Take, context.RequestAborted);

        // An exception's text names the server's folders and statements: not for everybody who may read a public repository.
        if (context.Repository().Right < Right.Write)
            events = [.. events.Select(@event => @event with { Error = null })];
        return TypedResults.Ok(paging.Page(events, @event => @event.Id));
    }
}
