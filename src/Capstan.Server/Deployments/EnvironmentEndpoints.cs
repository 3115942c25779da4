using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Deployments;

/// <summary>Environments over <c>/v1</c>.</summary>
internal static class EnvironmentEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/v1/repos/{owner}/{repository}/environments", ListEnvironments)
        .Require(Access.Repository(Right.Maintain)).WithTags("Environments").WithSummary("The environments that jobs, secrets and variables of the repository have named.");

    private static async Task<Ok<Page<EnvironmentResponse>>> ListEnvironments([AsParameters] Paging paging, HttpContext context, EnvironmentStore store)
    {
        var rows = await store.ListAsync(context.Repository().Id, paging.After ?? 0, paging.Take, context.RequestAborted);
        return TypedResults.Ok(paging.Page(rows, row => row.Id));
    }
}
