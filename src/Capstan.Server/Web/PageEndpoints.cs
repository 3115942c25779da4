using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Web;

/// <summary>The addresses of pages and of their forms. A page asks no more rights than what it shows; the antiforgery field of a form is checked before it comes here.</summary>
internal static class PageEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription();
        pages.MapGet("/", GetHome).Require(Access.Anyone);
        pages.MapGet("/login", GetSignIn).Require(Access.Anyone);
        pages.MapGet("/{owner}/{repository}", RedirectToRuns).Require(Access.Repository(Right.Read));
        pages.MapGet("/{owner}/{repository}/runs", GetRuns).Require(Access.Repository(Right.Read));
        pages.MapGet("/{owner}/{repository}/runs/{run:long}", GetRun).Require(Access.Repository(Right.Read));
        pages.MapPost("/{owner}/{repository}/runs/{run:long}/cancel", CancelRun).Require(Access.Repository(Right.Write));
    }

    private static async Task<IResult> GetHome(HttpContext context, PageQueries queries, IAntiforgery antiforgery, CancellationToken cancellationToken) =>
        Page<HomePage>(context, antiforgery, await queries.HomeAsync(context.Principal(), cancellationToken));

    private static IResult GetSignIn(HttpContext context, IAntiforgery antiforgery) =>
        Page<SignInPage>(context, antiforgery, new SignInModel(context.Request.Query["error"], context.Request.Query["return_to"]));

    private static RedirectHttpResult RedirectToRuns(HttpContext context) =>
        TypedResults.Redirect($"/{context.Repository().Owner}/{context.Repository().Path}/runs");

    private static async Task<IResult> GetRuns(HttpContext context, PageQueries queries, IAntiforgery antiforgery, long? before, CancellationToken cancellationToken) =>
        Page<RunsPage>(context, antiforgery, await queries.RunsAsync(context.Repository(), before, cancellationToken));

    private static async Task<IResult> GetRun(
        HttpContext context, RunPageQueries queries, IAntiforgery antiforgery, long run, long? job, int? step, CancellationToken cancellationToken) =>
        await queries.RunAsync(context.Repository(), new RunId(run), job, step, cancellationToken) is { } model
            ? Page<RunPage>(context, antiforgery, model)
            : Problems.NotFound("The repository has no such run.");

    private static async Task<IResult> CancelRun(
        HttpContext context, RunCancellation cancellation, long run, CancellationToken cancellationToken)
    {
        var repository = context.Repository();
        if (context.Principal() is not UserPrincipal user)
            return Problems.Forbidden("Only a user may do this.");
        if (await cancellation.CancelAsync(repository, new RunId(run), user, cancellationToken) == CancelResult.NotFound)
            return Problems.NotFound("The repository has no such run.");

        // Whatever became of it, the page says so.
        return TypedResults.LocalRedirect($"/{repository.Owner}/{repository.Path}/runs/{run}");
    }

    private static RazorComponentResult<TPage> Page<TPage>(HttpContext context, IAntiforgery antiforgery, object model)
        where TPage : IComponent =>
        new(new Dictionary<string, object?> { ["Context"] = PageContext.Of(context, antiforgery), ["Model"] = model }) { PreventStreamingRendering = true };
}
