using System.Text;
using Capstan.Server.Data;
using Dapper;
using Microsoft.AspNetCore.Http;

namespace Capstan.Server.Identity;

/// <summary>
/// Reads who makes a request: a bearer token (a user's access token, a runner's credential, a job's token), basic authentication (git: a password or any of these tokens as the
/// password), or the session cookie. Credentials that are presented and wrong are refused even where nobody needs any.
/// </summary>
public sealed class Authenticator(Database database, PasswordCheck passwords, FailedSignIns failedSignIns, JobTokens jobTokens, RunnerCredentials runners, TimeProvider clock)
{
    internal const string FindByToken = """
        select t.id as token_id, t.scopes, t.last_used_at, t.expires_at, u.id as user_id, u.username, u.is_admin
          from access_tokens t join users u on u.id = t.user_id
         where t.token_hash = @Hash and t.revoked_at is null and (t.expires_at is null or t.expires_at > @Now) and u.disabled_at is null
        """;

    internal const string FindBySession = """
        select s.id as session_id, u.id as user_id, u.username, u.is_admin, u.must_change_password
          from sessions s join users u on u.id = s.user_id
         where s.token_hash = @Hash and s.ended_at is null and s.expires_at > @Now and u.disabled_at is null
        """;

    internal const string FindByUsername = """
        select id as user_id, username, is_admin, must_change_password, password_hash from users where lower(username) = lower(@Username) and disabled_at is null
        """;

    /// <summary>How stale <c>last_used_at</c> may be: a write per request would make every read a write.</summary>
    private static readonly TimeSpan LastUsedGranularity = TimeSpan.FromMinutes(1);

    public async Task<Authentication> AuthenticateAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return await BySessionAsync(context);
        var space = header.IndexOf(' ', StringComparison.Ordinal);
        var (scheme, value) = space < 0 ? (header, "") : (header[..space], header[(space + 1)..].Trim());
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) || scheme.Equals("token", StringComparison.OrdinalIgnoreCase))
            return await ByTokenAsync(value, context.RequestAborted);
        if (scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) && TryReadBasic(value, out var username, out var password))
            return await ByBasicAsync(context, username, password);
        return new Authentication.Refused("The Authorization header is of no kind that is understood here: use Bearer or Basic.");
    }

    /// <summary>Checks a name and a password, with the limit on wrong attempts.</summary>
    public async Task<Authentication> ByPasswordAsync(string username, string password, string address, CancellationToken cancellationToken)
    {
        if (failedSignIns.MustWait(username, address) is { } wait)
            return new Authentication.TooManyAttempts(wait);
        var user = await database.ReadSingleOrDefaultAsync<UserRow>(FindByUsername, new { Username = username }, cancellationToken);
        if (!passwords.Remembers(user?.UserId, password, user?.PasswordHash))
        {
            // Those that waited before this one may have used up the attempts: many at once are no way around the limit.
            using var turn = await passwords.TurnAsync(cancellationToken);
            if (failedSignIns.MustWait(username, address) is { } late)
                return new Authentication.TooManyAttempts(late);
            if (!await passwords.VerifyAsync(user?.UserId, password, user?.PasswordHash))
            {
                failedSignIns.Failed(username, address);
                return new Authentication.Refused("The user name or the password is wrong.");
            }
        }

        failedSignIns.Succeeded(username, address);
        return new Authentication.As(new UserPrincipal(user!.UserId, user.Username, user.IsAdmin) { MustChangePassword = user.MustChangePassword });
    }

    /// <summary>The address that attempts are counted by.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private async Task<Authentication> BySessionAsync(HttpContext context)
    {
        if (context.Request.Cookies[SessionCookie.Name] is not { Length: > 0 } text)
            return Authentication.As.Nobody;
        var row = await database.ReadSingleOrDefaultAsync<SessionRow>(FindBySession, new { Hash = OpaqueToken.HashOf(text), Now = clock.GetUtcNow() }, context.RequestAborted);

        // A session that has ended is no attempt at anything: the visitor is simply signed out.
        return row is null
            ? Authentication.As.Nobody
            : new Authentication.As(new UserPrincipal(row.UserId, row.Username, row.IsAdmin) { MustChangePassword = row.MustChangePassword, SessionId = row.SessionId });
    }

    private async Task<Authentication> ByBasicAsync(HttpContext context, string username, string password)
    {
        // With a token as the password the name says nothing (git clients and actions send x-access-token or the like).
        if (IsToken(password))
            return await ByTokenAsync(password, context.RequestAborted);

        // A client may also give the token as the user name, with an empty password.
        if (password.Length == 0 && IsToken(username))
            return await ByTokenAsync(username, context.RequestAborted);
        return await ByPasswordAsync(username, password, AddressOf(context), context.RequestAborted);
    }

    private async Task<Authentication> ByTokenAsync(string token, CancellationToken cancellationToken)
    {
        if (token.StartsWith(OpaqueToken.RunnerPrefix, StringComparison.Ordinal))
            return await ByRunnerCredentialAsync(token, cancellationToken);
        if (JobTokens.LooksLikeOne(token))
            return await jobTokens.ValidateAsync(token, cancellationToken) is { } job
                ? new Authentication.As(job)
                : new Authentication.Refused("The job's token is not valid, or not any more: its job has ended.");
        var now = clock.GetUtcNow();
        var row = await database.ReadSingleOrDefaultAsync<TokenRow>(FindByToken, new { Hash = OpaqueToken.HashOf(token), Now = now }, cancellationToken);
        if (row is null)
            return new Authentication.Refused("The token is unknown, revoked or expired.");
        if (row.LastUsedAt is null || now - row.LastUsedAt > LastUsedGranularity)
            await NoteUseAsync(row.TokenId, now, cancellationToken);
        return new Authentication.As(new UserPrincipal(row.UserId, row.Username, row.IsAdmin && row.Scopes.Contains(TokenScopes.Admin))
        {
            CanWrite = row.Scopes.Contains(TokenScopes.Write) || row.Scopes.Contains(TokenScopes.Admin),
            TokenExpiresAt = row.ExpiresAt,
        });
    }

    private async Task<Authentication> ByRunnerCredentialAsync(string credential, CancellationToken cancellationToken) =>
        await runners.FindAsync(credential, cancellationToken) is { } runner
            ? new Authentication.As(new RunnerPrincipal(runner))
            : new Authentication.Refused("The runner's credential is unknown: it was removed, or never registered here.");

    private async Task NoteUseAsync(long tokenId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync("update access_tokens set last_used_at = @Now where id = @Id", new { Id = tokenId, Now = now });
    }

    private static bool IsToken(string text) => text.StartsWith(OpaqueToken.UserPrefix, StringComparison.Ordinal) || JobTokens.LooksLikeOne(text);

    private static bool TryReadBasic(string value, out string username, out string password)
    {
        username = password = "";
        var buffer = new byte[value.Length];
        if (!Convert.TryFromBase64String(value, buffer, out var length))
            return false;
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            return false;
        (username, password) = (text[..colon], text[(colon + 1)..]);
        return true;
    }

    private sealed record TokenRow(long TokenId, string[] Scopes, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt, UserId UserId, string Username, bool IsAdmin);

    private sealed record SessionRow(long SessionId, UserId UserId, string Username, bool IsAdmin, bool MustChangePassword);

    private sealed record UserRow(UserId UserId, string Username, bool IsAdmin, bool MustChangePassword, string? PasswordHash);
}

/// <summary>What a request's credentials came to.</summary>
public abstract record Authentication
{
    private Authentication()
    {
    }

    public sealed record As(Principal Principal) : Authentication
    {
        public static readonly As Nobody = new(AnonymousPrincipal.Instance);
    }

    /// <summary>Credentials were presented and are wrong; the same answer whatever exactly is wrong with a name or password.</summary>
    public sealed record Refused(string Detail) : Authentication;

    /// <summary>Too many wrong passwords came for this name or from this address.</summary>
    public sealed record TooManyAttempts(TimeSpan TryAgainAfter) : Authentication;
}
