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

    private const string Find = "select id, username from users where is_admin and disabled_at is null order by id limit 1";

    /// <summary>Makes an administrator when there is none.</summary>
    /// <param name="password">Theirs from now on; null: one is made for one sign-in.</param>
    /// <returns>The administrator: the one that was made, or the first of those that are there.</returns>
    /// <exception cref="StartupException">The name or password cannot be used.</exception>
    public async Task<FirstAdministratorResult> EnsureAsync(string username, string? password, CancellationToken cancellationToken)
    {
        if (password is not null && Passwords.Refuse(password) is { } weak)
            throw new StartupException($"The first administrator's password cannot be used. {weak}");
        if (await database.ReadSingleOrDefaultAsync<AdministratorRow>(Find, cancellationToken: cancellationToken) is { } there)
            return Known(there);
        var stored = await users.NewPasswordAsync(password, cancellationToken);
        return await database.InTransactionAsync(
            async connection =>
            {
                // Of two servers that start at once on an empty database the second sees what the first has made.
                await connection.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
                if (await connection.QuerySingleOrDefaultAsync<AdministratorRow>(Find) is { } known)
                    return Known(known);
                return await users.CreateAsync(connection, by: null, username, email: null, stored, isAdmin: true) switch
                {
                    CreateUserResult.Created created =>
                        new FirstAdministratorResult(new UserPrincipal(created.Id, username, IsAdmin: true) { MustChangePassword = password is null }, created.OneTimePassword),
                    CreateUserResult.Refused refused => throw new StartupException($"The first administrator cannot be named '{username}'. {refused.Detail}"),
                    _ => throw new InvalidOperationException("No such result."),
                };
            },
            cancellationToken);
    }

    private static FirstAdministratorResult Known(AdministratorRow row) => new(new UserPrincipal(row.Id, row.Username, IsAdmin: true), OneTimePassword: null);

    private sealed record AdministratorRow(UserId Id, string Username);
}

/// <param name="OneTimePassword">To be shown to the person who started the server and kept nowhere; null when nobody was made, or with a given password.</param>
public sealed record FirstAdministratorResult(UserPrincipal Administrator, string? OneTimePassword)
{
    public override string ToString() => $"administrator {Administrator.Username}";
}
