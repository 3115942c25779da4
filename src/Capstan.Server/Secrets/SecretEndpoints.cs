using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Secrets;

/// <summary>Secrets over <c>/v1</c>: names and times come out, values never do.</summary>
internal static class SecretEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => OwnedRoutes.Map(app, "secrets", Map);

    private static void Map(OwnedRoutes owned)
    {
        var (secrets, whose) = (owned.Routes, owned.Whose);
        secrets.WithTags("Secrets");
        secrets.MapGet("", ([AsParameters] Paging paging, HttpContext context, SecretStore store) => ListSecrets(owned, paging, context, store))
            .WithSummary($"The names of the {whose}'s secrets.");
        secrets.MapPut("/{name}", (string name, PutSecretRequest request, HttpContext context, SecretStore store) => PutSecret(owned, name, request, context, store))
            .WithSummary($"Sets a secret of the {whose}: 201 a new one, 204 another value.");
        secrets.MapDelete("/{name}", (string name, HttpContext context, SecretStore store) => DeleteSecret(owned, name, context, store))
            .WithSummary($"Deletes a secret of the {whose}.");
    }

    private static async Task<Results<Ok<Page<SecretResponse>>, ProblemHttpResult>> ListSecrets(OwnedRoutes owned, Paging paging, HttpContext context, SecretStore store)
    {
        switch (await owned.FindAsync(context))
        {
            case OwnerResult.Found { Owner: var owner }:
                var rows = await store.ListAsync(owner, paging.After ?? 0, paging.Take, context.RequestAborted);
                return OwnedRoutes.Answer(paging, rows, row => row.Id, row => row.Secret);
            case OwnerResult.Refused refused:
                return refused.Problem;
            default:
                throw new InvalidOperationException("An owner is found or refused.");
        }
    }

    private static async Task<Results<Created, NoContent, ProblemHttpResult>> PutSecret(
        OwnedRoutes owned, string name, PutSecretRequest request, HttpContext context, SecretStore store)
    {
        if (SecretRules.Check(name, request.Value, mayBeEmpty: false) is { Count: > 0 } errors)
            return Problems.Invalid("The secret cannot be set as it stands.", errors);
        switch (await owned.ToSetAsync(context))
        {
            case OwnerResult.Found { Owner: var owner }:
                var result = await store.SetAsync(owner, name, request.Value, context.Principal(), context.RequestAborted);
                return OwnedRoutes.Answer(result, ErrorCodes.SecretLimitReached, owner.MaxSecrets, "secrets");
            case OwnerResult.Refused refused:
                return refused.Problem;
            default:
                throw new InvalidOperationException("An owner is found or refused.");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteSecret(OwnedRoutes owned, string name, HttpContext context, SecretStore store) =>
        await owned.FindAsync(context) is OwnerResult.Found { Owner: var owner }
            && await store.DeleteAsync(owner, name, context.Principal(), context.RequestAborted)
            ? TypedResults.NoContent()
            : Problems.NotFound("There is no such secret.");
}
