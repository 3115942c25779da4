using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Identity;

/// <summary>Browsers' sessions: a random token in a cookie, its hash in the database.</summary>
public sealed class Sessions(Database database, TimeProvider clock)
{
    /// <summary>From sign-in to the next one.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(14);

    public async Task<(OpaqueToken Token, DateTimeOffset Expires)> StartAsync(UserId user, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create(OpaqueToken.SessionPrefix);
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            "insert into sessions (user_id, token_hash, created_at, expires_at) values (@User, @Hash, @Now, @Expires)",
            new { User = user, token.Hash, Now = now, Expires = now + Life });
        return (token, now + Life);
    }

    /// <summary>Idempotent.</summary>
    public async Task EndAsync(long id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync("update sessions set ended_at = @Now where id = @Id and ended_at is null", new { Id = id, Now = clock.GetUtcNow() });
    }
}
