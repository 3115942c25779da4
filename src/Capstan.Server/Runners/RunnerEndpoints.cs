using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Runners;

internal static class RunnerEndpoints
{
    private static readonly string[] Statuses = ["offline", "paused", "busy", "online"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        // What people do. Each decides about the runner or the scope it names; signed in is the least of it.
        var people = routes.MapGroup("/v1/runners").WithTags("Runners").Require(Access.SignedIn);
        people.MapGet("", ListRunners);
        people.MapPost("/tokens", CreateRegistrationToken);
        people.MapGet("/{id:long}", GetRunner);
        people.MapDelete("/{id:long}", RemoveRunner);
        people.MapPost("/{id:long}/pause", PauseRunner);
        people.MapPost("/{id:long}/resume", ResumeRunner);
        people.MapPost("/{id:long}/assignments", AssignRunner);
        people.MapDelete("/{id:long}/assignments", UnassignRunner);

        // What runners do. The token in the body is what lets a machine in that nobody knows yet.
        routes.MapPost("/v1/runners/register", RegisterRunner).WithTags("Runner protocol").Require(Access.Anyone).RequireRunnerProtocol();
        routes.MapPost("/v1/runner/heartbeat", Heartbeat).WithTags("Runner protocol").Require(Access.Runner).RequireRunnerProtocol();
    }

    private static async Task<Results<Ok<RunnersResponse>, ProblemHttpResult>> ListRunners(
        HttpContext context, RunnerQueries runners, RunnerScopes scopes, string? owner, string? repository, string? label, string? status, long? after, CancellationToken cancellationToken)
    {
        if (status is not null && !Statuses.Contains(status))
            return Problems.Invalid($"A runner's status is one of {string.Join(", ", Statuses)}.");
        RunnerScope? scope = null;
        if (owner is not null || repository is not null)
        {
            switch (await scopes.FindAsync(context.User(), owner, repository, Right.Maintain, cancellationToken))
            {
                case ScopeResult.Refused refused:
                    return refused.Problem;
                case ScopeResult.Found found:
                    scope = found.Scope;
                    break;
            }
        }

        return TypedResults.Ok(await runners.ListAsync(context.User(), new RunnerFilter(scope, label, status, after), cancellationToken));
    }

    private static async Task<Results<Ok<RunnerResponse>, ProblemHttpResult>> GetRunner(HttpContext context, RunnerQueries runners, long id, CancellationToken cancellationToken) =>
        await runners.FindAsync(context.User(), new RunnerId(id), cancellationToken) is { } runner ? TypedResults.Ok(runner) : Problems.NotFound();

    private static async Task<Results<Ok<RunnerTokenResponse>, ProblemHttpResult>> CreateRegistrationToken(
        HttpContext context, CreateRunnerTokenRequest request, RunnerScopes scopes, RegistrationTokens tokens, CancellationToken cancellationToken)
    {
        var lifetime = request.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : RegistrationTokens.DefaultLifetime;
        if (lifetime <= TimeSpan.Zero || lifetime > RegistrationTokens.LongestLifetime)
            return Problems.Invalid($"A registration token lives 1 to {RegistrationTokens.LongestLifetime.TotalSeconds} seconds.");
        switch (await scopes.FindAsync(context.User(), request.Owner, request.Repository, Right.Maintain, cancellationToken))
        {
            case ScopeResult.Found { Scope: var scope }:
                var (token, expiresAt) = await tokens.CreateAsync(context.User(), scope, lifetime, cancellationToken);
                return TypedResults.Ok(new RunnerTokenResponse(token.Text, scope.Name, expiresAt));
            case ScopeResult.Refused refused:
                return refused.Problem;
            default:
                throw new InvalidOperationException("A scope is found or refused.");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PauseRunner(HttpContext context, RunnerAdministration runners, long id, CancellationToken cancellationToken) =>
        Answer(await runners.PauseAsync(context.User(), new RunnerId(id), cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> ResumeRunner(HttpContext context, RunnerAdministration runners, long id, CancellationToken cancellationToken) =>
        Answer(await runners.ResumeAsync(context.User(), new RunnerId(id), cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveRunner(HttpContext context, RunnerAdministration runners, long id, CancellationToken cancellationToken) =>
        Answer(await runners.RemoveAsync(context.User(), new RunnerId(id), cancellationToken));

    private static async Task<Results<NoContent, ProblemHttpResult>> AssignRunner(
        HttpContext context, RunnerAdministration runners, RunnerScopes scopes, long id, RunnerAssignmentRequest request, CancellationToken cancellationToken) =>
        await scopes.FindAsync(context.User(), request.Owner, request.Repository, Right.Maintain, cancellationToken) switch
        {
            ScopeResult.Found found => Answer(await runners.AssignAsync(context.User(), new RunnerId(id), found.Scope, cancellationToken)),
            ScopeResult.Refused refused => refused.Problem,
            _ => throw new InvalidOperationException("A scope is found or refused."),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> UnassignRunner(
        HttpContext context, RunnerAdministration runners, RunnerScopes scopes, long id, [FromBody] RunnerAssignmentRequest request, CancellationToken cancellationToken) =>
        await scopes.FindAsync(context.User(), request.Owner, request.Repository, Right.Maintain, cancellationToken) switch
        {
            ScopeResult.Found found => Answer(await runners.UnassignAsync(context.User(), new RunnerId(id), found.Scope, cancellationToken)),
            ScopeResult.Refused refused => refused.Problem,
            _ => throw new InvalidOperationException("A scope is found or refused."),
        };

    private static async Task<Results<Ok<RegisterRunnerResponse>, ProblemHttpResult>> RegisterRunner(
        HttpContext context, RegisterRunnerRequest request, RunnerRegistration registration, CancellationToken cancellationToken) =>
        await registration.RegisterAsync(request, AddressOf(context), RunnerProtocolCheck.VersionOf(context)!.Value, cancellationToken) switch
        {
            RegistrationResult.Registered done => TypedResults.Ok(new RegisterRunnerResponse(done.Id.Value, done.Name, done.Credential.Text)),
            RegistrationResult.TokenRefused refused => Problems.Forbidden(refused.Why, ErrorCodes.RegistrationTokenInvalid),
            RegistrationResult.NameTaken => Problems.Conflict(ErrorCodes.NameTaken, $"A runner named '{request.Name}' exists. Choose another name, or remove that one first."),
            RegistrationResult.Invalid invalid => Problems.Invalid(invalid.Why),
            _ => throw new InvalidOperationException("A registration has one of four results."),
        };

    private static async Task<Results<Ok<HeartbeatResponse>, ProblemHttpResult>> Heartbeat(
        HttpContext context, HeartbeatRequest request, RunnerHeartbeats heartbeats, LostExecutions lost, CancellationToken cancellationToken)
    {
        if ((request.UsedSlots < 0 ? "A runner uses 0 slots or more." : RunnerRegistration.RefuseCapabilities(request.Capabilities)) is { } why)
            return Problems.Invalid(why);
        var runner = ((RunnerPrincipal)context.Principal()).Id;
        var paused = await heartbeats.NoteAsync(runner, request, AddressOf(context), RunnerProtocolCheck.VersionOf(context)!.Value, cancellationToken);
        if (request.Holding is { } holding)
            await lost.GiveBackAllButAsync(runner, holding, cancellationToken);
        return paused is { } isPaused ? TypedResults.Ok(new HeartbeatResponse(isPaused)) : Problems.Unauthenticated("The runner was removed.");
    }

    private static Results<NoContent, ProblemHttpResult> Answer(RunnerChange change) => change switch
    {
        RunnerChange.Done => TypedResults.NoContent(),
        RunnerChange.NotFound => Problems.NotFound(),
        RunnerChange.Forbidden => Problems.Forbidden("This runner works for others too: only who maintains all of them, or an administrator, may change it."),
        _ => throw new InvalidOperationException($"{change} has no answer."),
    };

    private static string? AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString();
}
