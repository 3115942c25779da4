using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Runners;

/// <summary>Tokens that register one runner each, for a scope, within a time.</summary>
public sealed class RegistrationTokens(Database database, AuditLog audit, TimeProvider clock)
{
    /// <summary>As GitHub's. Source: https://docs.github.com/en/rest/actions/self-hosted-runners</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(1);

    /// <summary>A registration token is for a machine that is being set up; a week covers an image that is built on Friday.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(7);

    private const string Insert = """
        insert into actions_runner_registration_tokens (token_hash, target_type, organization_id, repository_id, created_by, created_at, expires_at)
        values (@Hash, @TargetType, @Organization, @Repository, @By, @Now, @ExpiresAt)
        """;

    // Locks the token: of two registrations with the same one, the second waits and finds it used.
    private const string Find = """
        select id, target_type, organization_id, repository_id, expires_at, used_at from actions_runner_registration_tokens where token_hash = @Hash for update
        """;

    public async Task<(OpaqueToken Token, DateTimeOffset ExpiresAt)> CreateAsync(UserPrincipal by, RunnerScope scope, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var token = OpaqueToken.Create(OpaqueToken.RegistrationPrefix);
        var now = clock.GetUtcNow();
        await database.InTransactionAsync(
            async connection =>
            {
                await connection.ExecuteAsync(Insert, new
                {
                    token.Hash,
                    scope.TargetType,
                    Organization = scope.Organization?.Value,
                    Repository = scope.Repository?.Value,
                    By = by.Id.Value,
                    Now = now,
                    ExpiresAt = now + lifetime,
                });
                await audit.WriteAsync(connection, new AuditEntry(by, "runner_token.create", scope.Name) { OrganizationId = scope.Organization, RepositoryId = scope.Repository });
            },
            cancellationToken);
        return (token, now + lifetime);
    }

    /// <summary>Finds a token and locks it until the caller's transaction ends.</summary>
    internal Task<RegistrationToken?> LockAsync(NpgsqlConnection connection, string token) =>
        connection.QuerySingleOrDefaultAsync<RegistrationToken>(Find, new { Hash = OpaqueToken.HashOf(token) });

    internal Task SpendAsync(NpgsqlConnection connection, RegistrationToken token, RunnerId runner) =>
        connection.ExecuteAsync(
            "update actions_runner_registration_tokens set used_at = @Now, runner_id = @Runner where id = @Id",
            new { token.Id, Runner = runner.Value, Now = clock.GetUtcNow() });
}

internal sealed record RegistrationToken(long Id, string TargetType, OrganizationId? OrganizationId, RepositoryId? RepositoryId, DateTimeOffset ExpiresAt, DateTimeOffset? UsedAt);
