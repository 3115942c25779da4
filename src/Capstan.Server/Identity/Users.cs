using System.Security.Cryptography;
using Capstan.Contracts;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Organizations;
using Dapper;
using Npgsql;

namespace Capstan.Server.Identity;

/// <summary>Makes users and changes their passwords.</summary>
public sealed class Users(Database database, PasswordCheck check, AuditLog audit, TimeProvider clock)
{
    public const int MaxEmailLength = 254;

    private const string InsertUser = """
        insert into users (username, email, password_hash, is_admin, must_change_password, created_at, updated_at)
        values (@Username, @Email, @PasswordHash, @IsAdmin, @MustChange, @Now, @Now)
        on conflict (lower(username)) do nothing
        returning id
        """;

    // A forgotten or stolen password must not live on in sessions that were opened with it.
    private const string EndSessions = "update sessions set ended_at = @Now where user_id = @User and ended_at is null and id is distinct from @Except";

    /// <param name="by">Null: the server itself, for the first administrator.</param>
    /// <param name="password">Null: a one-time password is made.</param>
    public async Task<CreateUserResult> CreateAsync(Principal? by, string username, string? email, string? password, bool isAdmin, CancellationToken cancellationToken)
    {
        if (email is { Length: > MaxEmailLength } || (email is not null && !email.Contains('@', StringComparison.Ordinal)))
            return new CreateUserResult.Refused(ErrorCodes.Invalid, "The email address is none.");
        if (password is not null && Passwords.Refuse(password) is { } weak)
            return new CreateUserResult.Refused(ErrorCodes.Invalid, weak);
        var stored = await NewPasswordAsync(password, cancellationToken);
        return await database.InTransactionAsync(connection => CreateAsync(connection, by, username, email, stored, isAdmin), cancellationToken);
    }

    /// <summary>One's own password: the old one must be known, and all other sessions end.</summary>
    public async Task<ChangePasswordResult> ChangePasswordAsync(UserPrincipal user, string current, string next, CancellationToken cancellationToken)
    {
        if (Passwords.Refuse(next) is { } weak)
            return new ChangePasswordResult.Refused(weak);
        if (next == current)
            return new ChangePasswordResult.Refused("The new password is the old one.");
        var stored = await database.ReadSingleOrDefaultAsync<string?>("select password_hash from users where id = @Id", new { user.Id }, cancellationToken);
        using (await check.TurnAsync(cancellationToken))
        {
            if (!await check.VerifyAsync(user.Id, current, stored))
                return new ChangePasswordResult.WrongPassword();
        }

        var encoded = await check.EncodeAsync(next, cancellationToken);
        return await database.InTransactionAsync<ChangePasswordResult>(
            async connection =>
            {
                // Guarded by the hash that was checked: of two changes at once the second sees that its old password is none any more.
                const string sql = "update users set password_hash = @Encoded, must_change_password = false, updated_at = @Now where id = @Id and password_hash = @Stored";
                if (await connection.ExecuteAsync(sql, new { user.Id, Encoded = encoded, Stored = stored, Now = clock.GetUtcNow() }) == 0)
                    return new ChangePasswordResult.WrongPassword();
                await connection.ExecuteAsync(EndSessions, new { User = user.Id, Except = user.SessionId, Now = clock.GetUtcNow() });
                await audit.WriteAsync(connection, new AuditEntry(user, "user.password", user.Username));
                return new ChangePasswordResult.Changed();
            },
            cancellationToken);
    }

    /// <summary>An administrator gives a user a new password, which must be changed at the first sign-in, and ends the user's sessions.</summary>
    /// <param name="password">Null: a one-time password is made.</param>
    public async Task<ResetPasswordResult> ResetPasswordAsync(Principal? by, string username, string? password, CancellationToken cancellationToken)
    {
        if (password is not null && Passwords.Refuse(password) is { } weak)
            return new ResetPasswordResult.Refused(weak);
        var stored = await NewPasswordAsync(password, cancellationToken);
        return await database.InTransactionAsync<ResetPasswordResult>(
            async connection =>
            {
                const string sql = """
                    update users set password_hash = @Encoded, must_change_password = true, updated_at = @Now where lower(username) = lower(@Username) returning id
                    """;
                if (await connection.QuerySingleOrDefaultAsync<UserId?>(sql, new { Username = username, stored.Encoded, Now = clock.GetUtcNow() }) is not { } user)
                    return new ResetPasswordResult.NoSuchUser();
                await connection.ExecuteAsync(EndSessions, new { User = user, Except = (long?)null, Now = clock.GetUtcNow() });
                await audit.WriteAsync(connection, new AuditEntry(by, "user.password.reset", username));
                return new ResetPasswordResult.Reset(stored.OneTime);
            },
            cancellationToken);
    }

    /// <summary>Made before a transaction begins: a password takes long on purpose, and nobody's locks are to wait for it.</summary>
    /// <param name="password">One that was checked; null: a one-time password is made.</param>
    internal async Task<NewPassword> NewPasswordAsync(string? password, CancellationToken cancellationToken)
    {
        var oneTime = password is null ? NewOneTimePassword() : null;
        return new NewPassword(await check.EncodeAsync(password ?? oneTime!, cancellationToken), oneTime);
    }

    /// <summary>Within the caller's transaction; the email was checked.</summary>
    internal async Task<CreateUserResult> CreateAsync(NpgsqlConnection connection, Principal? by, string username, string? email, NewPassword password, bool isAdmin)
    {
        if (Slugs.Refuse(username) is { } refusal)
            return new CreateUserResult.Refused(refusal.Code, refusal.Detail);
        var parameters = new
        {
            Username = username,
            Email = email ?? $"{username}@users.invalid",
            PasswordHash = password.Encoded,
            IsAdmin = isAdmin,
            MustChange = password.OneTime is not null,
            Now = clock.GetUtcNow(),
        };
        if (await connection.QuerySingleOrDefaultAsync<UserId?>(InsertUser, parameters) is not { } id)
            return NameTaken(username);
        if (!await Slugs.TryTakeAsync(connection, username, id))
        {
            // The row goes with the transaction's end; deleting it here keeps this method usable in a larger one.
            await connection.ExecuteAsync("delete from users where id = @Id", new { Id = id });
            return NameTaken(username);
        }

        await audit.WriteAsync(connection, new AuditEntry(by, "user.create", username)
        {
            Detail = new Dictionary<string, string?> { ["is_admin"] = isAdmin ? "true" : "false" },
        });
        return new CreateUserResult.Created(id, password.OneTime);
    }

    private static CreateUserResult.Refused NameTaken(string username) => new(ErrorCodes.NameTaken, $"The name '{username}' is taken by a user or an organization.");

    // Letters and digits that are not mistaken for each other: a person types this once. 20 of them are 100 bits.
    private static string NewOneTimePassword() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789ABC", 20);
}

/// <param name="Encoded">What is stored.</param>
/// <param name="OneTime">The password itself, when it was made here and must be changed at the first sign-in.</param>
internal sealed record NewPassword(string Encoded, string? OneTime)
{
    public override string ToString() => "a new password";
}

public abstract record CreateUserResult
{
    private CreateUserResult()
    {
    }

    /// <param name="OneTimePassword">Null when a password was given.</param>
    public sealed record Created(UserId Id, string? OneTimePassword) : CreateUserResult;

    /// <param name="Code">invalid, name_taken or name_reserved.</param>
    public sealed record Refused(string Code, string Detail) : CreateUserResult;
}

public abstract record ChangePasswordResult
{
    private ChangePasswordResult()
    {
    }

    public sealed record Changed : ChangePasswordResult;

    public sealed record WrongPassword : ChangePasswordResult;

    public sealed record Refused(string Detail) : ChangePasswordResult;
}

public abstract record ResetPasswordResult
{
    private ResetPasswordResult()
    {
    }

    public sealed record Reset(string? OneTimePassword) : ResetPasswordResult;

    public sealed record NoSuchUser : ResetPasswordResult;

    public sealed record Refused(string Detail) : ResetPasswordResult;
}
