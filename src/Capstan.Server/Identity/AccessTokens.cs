using Capstan.Contracts.V1;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Identity;

/// <summary>Makes, lists and revokes users' access tokens.</summary>
public sealed class AccessTokens(Database database, AuditLog audit, TimeProvider clock)
{
    public const int MaxNameLength = 100;
    public const int MaxPerUser = 100;
    public const int MaxDays = 3650;

    /// <param name="userId">Whose token it becomes.</param>
    /// <param name="scopes">As in <see cref="TokenScopes"/>; that the caller has them is the caller's to check.</param>
    public async Task<CreateTokenResult> CreateAsync(
        Principal? by, UserId userId, string name, IReadOnlyList<string> scopes, TimeSpan? life, CancellationToken cancellationToken)
    {
        if (name.Trim().Length is 0 or > MaxNameLength)
            return new CreateTokenResult.Refused($"A token's name has 1 to {MaxNameLength} characters.");
        if (scopes.Count == 0 || scopes.Except(TokenScopes.All).Any())
            return new CreateTokenResult.Refused($"A token's scopes are some of {string.Join(", ", TokenScopes.All)}.");
        if (life is { } asked && (asked <= TimeSpan.Zero || asked > TimeSpan.FromDays(MaxDays)))
            return new CreateTokenResult.Refused($"A token expires in 1 to {MaxDays} days, or never.");
        var token = OpaqueToken.Create(OpaqueToken.UserPrefix);
        var now = clock.GetUtcNow();
        return await database.InTransactionAsync<CreateTokenResult>(
            async connection =>
            {
                // The user's row is locked so that two requests at once do not both find room for the last one.
                await connection.ExecuteAsync("select 1 from users where id = @UserId for update", new { UserId = userId });
                const string sql = """
                    insert into access_tokens (user_id, name, token_hash, scopes, created_at, expires_at)
                    select @UserId, @Name, @Hash, @Scopes, @Now, @ExpiresAt
                     where (select count(*) from access_tokens where user_id = @UserId and revoked_at is null and (expires_at is null or expires_at > @Now)) < @MaxPerUser
                    returning id
                    """;
                var id = await connection.QuerySingleOrDefaultAsync<long?>(
                    sql, new { UserId = userId, Name = name.Trim(), token.Hash, Scopes = scopes.Distinct().ToArray(), Now = now, ExpiresAt = now + life, MaxPerUser });
                if (id is null)
                    return new CreateTokenResult.Refused($"A user has at most {MaxPerUser} tokens. Revoke some that are not used.");
                await audit.WriteAsync(connection, new AuditEntry(by, "token.create", name.Trim())
                {
                    Detail = new Dictionary<string, string?> { ["token_id"] = id.ToString(), ["scopes"] = string.Join(' ', scopes) },
                });
                return new CreateTokenResult.Created(id.Value, token.Text);
            },
            cancellationToken);
    }

    /// <summary>Those that are not revoked, by id.</summary>
    public async Task<IReadOnlyList<TokenResponse>> ListAsync(UserId userId, long after, int take, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var rows = await connection.QueryAsync<TokenRow>(
            """
            select id, name, scopes, created_at, expires_at, last_used_at from access_tokens
             where user_id = @UserId and revoked_at is null and id > @After order by id limit @Take
            """,
            new { UserId = userId, After = after, Take = take });
        return [.. rows.Select(row => new TokenResponse(row.Id, row.Name, row.Scopes, row.CreatedAt, row.ExpiresAt, row.LastUsedAt))];
    }

    /// <returns>False: the user has no such token, or it is revoked already.</returns>
    public Task<bool> RevokeAsync(UserPrincipal user, long id, CancellationToken cancellationToken) => database.InTransactionAsync(
        async connection =>
        {
            const string sql = "update access_tokens set revoked_at = @Now where id = @Id and user_id = @UserId and revoked_at is null returning name";
            var name = await connection.QuerySingleOrDefaultAsync<string?>(sql, new { Id = id, UserId = user.Id, Now = clock.GetUtcNow() });
            if (name is null)
                return false;
            await audit.WriteAsync(connection, new AuditEntry(user, "token.revoke", name) { Detail = new Dictionary<string, string?> { ["token_id"] = id.ToString() } });
            return true;
        },
        cancellationToken);

    private sealed record TokenRow(long Id, string Name, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);
}

public abstract record CreateTokenResult
{
    private CreateTokenResult()
    {
    }

    /// <param name="Token">The credential itself: to be shown once and kept nowhere.</param>
    public sealed record Created(long Id, string Token) : CreateTokenResult
    {
        public override string ToString() => $"token {Id}";
    }

    public sealed record Refused(string Detail) : CreateTokenResult;
}
