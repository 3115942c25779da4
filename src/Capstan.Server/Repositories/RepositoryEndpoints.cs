using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Repositories;

internal static class RepositoryEndpoints
{
    public static void MapRepositoryEndpoints(this IEndpointRouteBuilder routes)
    {
        var all = routes.MapGroup("/v1").WithTags("repositories");
        all.MapGet("/repos", ListRepositories).Require(Access.Anyone);
        all.MapGet("/orgs/{owner}/repos", ListRepositoriesOfOrganization).Require(Access.Organization(Right.Read));
        all.MapPost("/orgs/{owner}/repos", PostRepository).Require(Access.Organization(Right.Maintain));

        var one = routes.MapGroup("/v1/repos/{owner}/{repository}").WithTags("repositories");
        one.MapGet("", GetRepository).Require(Access.Repository(Right.Read));
        one.MapGet("/locks", ListLocks).Require(Access.Repository(Right.Read));
        one.MapPut("/locks/{**branch}", PutLock).Require(Access.Repository(Right.Maintain));
        one.MapDelete("/locks/{**branch}", DeleteLock).Require(Access.Repository(Right.Maintain));
    }

    private static Task<Ok<Page<RepositoryResponse>>> ListRepositories(
        [AsParameters] Paging paging, HttpContext context, RepositoryQueries queries, ServerAddresses addresses) =>
        ListAsync(paging, context, queries, addresses, organization: null);

    private static Task<Ok<Page<RepositoryResponse>>> ListRepositoriesOfOrganization(
        string owner, [AsParameters] Paging paging, HttpContext context, RepositoryQueries queries, ServerAddresses addresses) =>
        ListAsync(paging, context, queries, addresses, context.Organization().Id);

    private static async Task<Ok<Page<RepositoryResponse>>> ListAsync(
        Paging paging, HttpContext context, RepositoryQueries queries, ServerAddresses addresses, OrganizationId? organization)
    {
        var rows = await queries.ListVisibleAsync(context.Principal(), organization, paging.After ?? 0, paging.Take, context.RequestAborted);
        return TypedResults.Ok(paging.Page([.. rows.Select(row => Response(row, addresses))], repository => repository.Id));
    }

    private static async Task<Results<Created<RepositoryResponse>, ProblemHttpResult>> PostRepository(
        string owner, CreateRepositoryRequest request, HttpContext context, CreateRepository create, RepositoryQueries queries, ServerAddresses addresses)
    {
        var organization = context.Organization();
        switch (await create.RunAsync(organization, request, context.Principal(), context.RequestAborted))
        {
            case CreateRepositoryResult.Created created:
                var row = await queries.FindAsync(context.Principal(), created.Id, context.RequestAborted);
                var response = Response(row!, addresses);
                return TypedResults.Created($"/v1/repos/{response.FullName}", response);
            case CreateRepositoryResult.Invalid invalid:
                return Problems.Invalid(string.Join(' ', invalid.Errors.Values.SelectMany(messages => messages)), invalid.Errors);
            case CreateRepositoryResult.NameReserved:
                return Problems.Conflict(ErrorCodes.NameReserved, $"The server's own addresses use '{request.Name}': choose another name.");
            default:
                return Problems.Conflict(ErrorCodes.NameTaken, $"{organization.Path} has a repository '{request.Name}' already (names are compared without regard to case).");
        }
    }

    private static async Task<Results<Ok<RepositoryResponse>, ProblemHttpResult>> GetRepository(
        string owner, string repository, HttpContext context, RepositoryQueries queries, ServerAddresses addresses) =>
        await queries.FindAsync(context.Principal(), context.Repository().Id, context.RequestAborted) is { } row
            ? TypedResults.Ok(Response(row, addresses, context.Repository().Right))
            : Problems.NotFound();

    private static async Task<Ok<BranchLockListResponse>> ListLocks(string owner, string repository, HttpContext context, BranchLocks locks) =>
        TypedResults.Ok(new BranchLockListResponse(await locks.ListAsync(context.Repository().Id, context.RequestAborted)));

    private static async Task<Results<Ok<BranchLockResponse>, ProblemHttpResult>> PutLock(string owner, string repository, string branch, HttpContext context, BranchLocks locks) =>
        Answer(await locks.LockAsync(context.Repository(), branch, context.User(), context.RequestAborted), branch);

    private static async Task<Results<Ok<BranchLockResponse>, ProblemHttpResult>> DeleteLock(string owner, string repository, string branch, HttpContext context, BranchLocks locks) =>
        Answer(await locks.UnlockAsync(context.Repository(), branch, context.User(), context.RequestAborted), branch);

    private static Results<Ok<BranchLockResponse>, ProblemHttpResult> Answer(BranchLockResult result, string branch) => result switch
    {
        BranchLockResult.Done done => TypedResults.Ok(done.Lock),
        BranchLockResult.NoSuchBranch => Problems.NotFound($"There is no branch '{branch}'."),
        _ => Problems.Conflict(ErrorCodes.Conflict, "A push to this repository is in progress and takes long. Try again."),
    };

    private static RepositoryResponse Response(RepositoryRow row, ServerAddresses addresses, Right? right = null) => new(
        row.Id.Value,
        row.Owner,
        row.Path,
        $"{row.Owner}/{row.Path}",
        row.Description,
        row.Visibility,
        row.DefaultBranch,
        $"{addresses.PublicUrl}/{row.Owner}/{row.Path}.git",
        (right ?? (Right)row.Right).ToString().ToLowerInvariant(),
        row.CreatedAt,
        row.UpdatedAt);
}
