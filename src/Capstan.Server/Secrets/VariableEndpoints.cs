using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Secrets;

/// <summary>Configuration variables over <c>/v1</c>, with their values.</summary>
internal static class VariableEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => OwnedRoutes.Map(app, "variables", Map);

    private static void Map(OwnedRoutes owned)
    {
        var (variables, whose) = (owned.Routes, owned.Whose);
        variables.WithTags("Variables");
        variables.MapGet("", ([AsParameters] Paging paging, HttpContext context, VariableStore store) => ListVariables(owned, paging, context, store))
            .WithSummary($"The {whose}'s variables.");
        variables.MapPut("/{name}", (string name, PutVariableRequest request, HttpContext context, VariableStore store) => PutVariable(owned, name, request, context, store))
            .WithSummary($"Sets a variable of the {whose}: 201 a new one, 204 another value.");
        variables.MapDelete("/{name}", (string name, HttpContext context, VariableStore store) => DeleteVariable(owned, name, context, store))
            .WithSummary($"Deletes a variable of the {whose}.");
    }

    private static async Task<Results<Ok<Page<VariableResponse>>, ProblemHttpResult>> ListVariables(OwnedRoutes owned, Paging paging, HttpContext context, VariableStore store)
    {
        switch (await owned.FindAsync(context))
        {
            case OwnerResult.Found { Owner: var owner }:
                var rows = await store.ListAsync(owner, paging.After ?? 0, paging.Take, context.RequestAborted);
                return OwnedRoutes.Answer(paging, rows, row => row.Id, row => row.Variable);
            case OwnerResult.Refused refused:
                return refused.Problem;
            default:
                throw new InvalidOperationException("An owner is found or refused.");
        }
    }

    private static async Task<Results<Created, NoContent, ProblemHttpResult>> PutVariable(
        OwnedRoutes owned, string name, PutVariableRequest request, HttpContext context, VariableStore store)
    {
        if (SecretRules.Check(name, request.Value, mayBeEmpty: true) is { Count: > 0 } errors)
            return Problems.Invalid("The variable cannot be set as it stands.", errors);
        switch (await owned.ToSetAsync(context))
        {
            case OwnerResult.Found { Owner: var owner }:
                var result = await store.SetAsync(owner, name, request.Value, context.Principal(), context.RequestAborted);
                return OwnedRoutes.Answer(result, ErrorCodes.VariableLimitReached, owner.MaxVariables, "variables");
            case OwnerResult.Refused refused:
                return refused.Problem;
            default:
                throw new InvalidOperationException("An owner is found or refused.");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteVariable(OwnedRoutes owned, string name, HttpContext context, VariableStore store) =>
        await owned.FindAsync(context) is OwnerResult.Found { Owner: var owner }
            && await store.DeleteAsync(owner, name, context.Principal(), context.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.NotFound("There is no such variable.");
}
