using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;

namespace Capstan.Server.Administration;

/// <summary>Lets the very first person in: a new server has no users, and nobody who could make one.</summary>
public sealed class FirstAdministrator(Database database, Users users)
{
    /// <summary>Their name, unless somebody wants another.</summary>
    public const string DefaultUsername = "admin";

    /// <summary>The advisory lock that servers which start together on a new database take one after the other.</summary>
    private const long LockKey = 0x63_61_70_61_64_6D_69;

    /// <summary>Makes an administrator when there is none.</summary>
    /// <param name="password">Theirs from now on; null: one is made for one sign-in.</param>
    /// <returns>The administrator: the one that was made, or the first of those that are there.</returns>
    /// <exception cref="StartupException">The name or password cannot be used.</exception>
    public Task<FirstAdministratorResult> EnsureAsync(string username, string? password, CancellationToken cancellationToken)
    {
        if (password is not null && Passwords.Refuse(password) is { } weak)
            throw new StartupException($"The first administrator's password cannot be used. {weak}");
        return database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
                const string find = "select id, username from users where is_admin and disabled_at is null order by id limit 1";
                if (await connection.QuerySingleOrDefaultAsync<AdministratorRow>(find) is { } known)
                    return new FirstAdministratorResult(new UserPrincipal(known.Id, known.Username, IsAdmin: true), OneTimePassword: null);
                return await users.CreateAsync(connection, by: null, username, email: null, password, isAdmin: true) switch
                {
                    CreateUserResult.Created created =>
                        new FirstAdministratorResult(new UserPrincipal(created.Id, username, IsAdmin: true) { MustChangePassword = password is null }, created.OneTimePassword),
                    CreateUserResult.Refused refused => throw new StartupException($"The first administrator cannot be named '{username}'. {refused.Detail}"),
                    _ => throw new InvalidOperationException("No such result."),
                };
            },
            cancellationToken);
    }

    private sealed record AdministratorRow(UserId Id, string Username);
}

/// <param name="OneTimePassword">To be shown to the person who started the server and kept nowhere; null when nobody was made, or with a given password.</param>
public sealed record FirstAdministratorResult(UserPrincipal Administrator, string? OneTimePassword)
{
    public override string ToString() => $"administrator {Administrator.Username}";
}
