using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Capstan.Server.Identity;

/// <summary><c>/v1/user</c>: the caller. <c>/v1/users</c>: all of them.</summary>
internal static class UserEndpoints
{
    private const string Select = "select id, username, email, is_admin, must_change_password, disabled_at is not null as disabled, created_at from users";

    public static void Map(IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/v1/user").WithTags("Users").Require(Access.SignedInToChangePassword);
        own.MapGet("", GetOwn);
        own.MapPut("/password", ChangePassword);
        var all = app.MapGroup("/v1/users").WithTags("Users").Require(Access.Admin);
        all.MapGet("", List);
        all.MapPost("", Create);
        all.MapGet("/{username}", Get).Require(Access.SignedIn);
        all.MapPut("/{username}/password", ResetPassword);
    }

    private static async Task<Ok<UserResponse>> GetOwn(HttpContext context, Database database, CancellationToken cancellationToken)
    {
        var row = await database.ReadSingleOrDefaultAsync<UserRow>($"{Select} where id = @Id", new { context.User().Id }, cancellationToken);
        return TypedResults.Ok(row!.ToResponse(withEmail: true));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePassword(
        ChangePasswordRequest request, HttpContext context, Users users, FailedSignIns failed, CancellationToken cancellationToken)
    {
        // The old password can be guessed here as at the sign-in, by whoever found an open session.
        var (user, address) = (context.User(), Authenticator.AddressOf(context));
        if (failed.MustWait(user.Username, address) is not null)
            return Problems.Of(StatusCodes.Status429TooManyRequests, ErrorCodes.TooManyAttempts, "Too many wrong passwords. Wait a few minutes, then try again.");
        switch (await users.ChangePasswordAsync(user, request.CurrentPassword, request.NewPassword, cancellationToken))
        {
            case ChangePasswordResult.Changed:
                return TypedResults.NoContent();
            case ChangePasswordResult.Refused refused:
                return Problems.Invalid(refused.Detail);
            default:
                failed.Failed(user.Username, address);
                return Problems.Forbidden("The current password is wrong.");
        }
    }

    private static async Task<Ok<Page<UserResponse>>> List([AsParameters] Paging paging, Database database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<UserRow>($"{Select} where id > @After order by id limit @Take", new { After = paging.After ?? 0, paging.Take });
        return TypedResults.Ok(paging.Page(rows.Select(row => row.ToResponse(withEmail: true)).ToList(), user => user.Id));
    }

    private static async Task<Results<Ok<UserResponse>, ProblemHttpResult>> Get(string username, HttpContext context, Database database, CancellationToken cancellationToken)
    {
        var row = await database.ReadSingleOrDefaultAsync<UserRow>($"{Select} where lower(username) = lower(@Username)", new { Username = username }, cancellationToken);
        if (row is null)
            return Problems.NotFound($"There is no user '{username}'.");
        var caller = context.User();
        return TypedResults.Ok(row.ToResponse(withEmail: caller.IsAdmin || caller.Id == row.Id));
    }

    private static async Task<Results<Created<CreateUserResponse>, ProblemHttpResult>> Create(
        CreateUserRequest request, HttpContext context, Users users, Database database, CancellationToken cancellationToken)
    {
        var result = await users.CreateAsync(context.User(), request.Username, request.Email, request.Password, request.IsAdmin, cancellationToken);
        if (result is not CreateUserResult.Created created)
            return Refusal((CreateUserResult.Refused)result);
        var row = await database.ReadSingleOrDefaultAsync<UserRow>($"{Select} where id = @Id", new { created.Id }, cancellationToken);
        return TypedResults.Created($"/v1/users/{request.Username}", new CreateUserResponse(row!.ToResponse(withEmail: true), created.OneTimePassword));
    }

    private static async Task<Results<Ok<ResetPasswordResponse>, ProblemHttpResult>> ResetPassword(
        string username, ResetPasswordRequest request, HttpContext context, Users users, CancellationToken cancellationToken) =>
        await users.ResetPasswordAsync(context.User(), username, request.Password, cancellationToken) switch
        {
            ResetPasswordResult.Reset reset => TypedResults.Ok(new ResetPasswordResponse(reset.OneTimePassword)),
            ResetPasswordResult.Refused refused => Problems.Invalid(refused.Detail),
            _ => Problems.NotFound($"There is no user '{username}'."),
        };

    private static ProblemHttpResult Refusal(CreateUserResult.Refused refused) =>
        refused.Code == ErrorCodes.Invalid ? Problems.Invalid(refused.Detail) : Problems.Conflict(refused.Code, refused.Detail);

    private sealed record UserRow(UserId Id, string Username, string Email, bool IsAdmin, bool MustChangePassword, bool Disabled, DateTimeOffset CreatedAt)
    {
        public UserResponse ToResponse(bool withEmail) => new(Id.Value, Username, IsAdmin, CreatedAt, withEmail ? Email : null, MustChangePassword, Disabled);
    }
}
