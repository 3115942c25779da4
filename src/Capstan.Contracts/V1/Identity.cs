namespace Capstan.Contracts.V1;

/// <summary><c>GET /v1/user</c> (the caller), <c>GET /v1/users</c>, <c>GET /v1/users/{username}</c>.</summary>
/// <param name="MustChangePassword">The password was given for one sign-in; nothing else is allowed until it is changed.</param>
/// <param name="Email">Only for the user itself and administrators.</param>
public sealed record UserResponse(long Id, string Username, bool IsAdmin, DateTimeOffset CreatedAt, string? Email = null, bool MustChangePassword = false, bool Disabled = false);

/// <summary><c>POST /v1/users</c>, administrators.</summary>
/// <param name="Password">Null: a one-time password is made and given back.</param>
public sealed record CreateUserRequest(string Username, string? Email = null, string? Password = null, bool IsAdmin = false);

/// <param name="OneTimePassword">Shown once; null when the request gave a password.</param>
public sealed record CreateUserResponse(UserResponse User, string? OneTimePassword = null);

/// <summary><c>PUT /v1/user/password</c>: one's own.</summary>
public sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword);

/// <summary><c>PUT /v1/users/{username}/password</c>, administrators: ends the user's sessions.</summary>
/// <param name="Password">Null: a one-time password is made and given back.</param>
public sealed record ResetPasswordRequest(string? Password = null);

public sealed record ResetPasswordResponse(string? OneTimePassword = null);

/// <summary><c>POST /v1/tokens</c>.</summary>
/// <param name="Scopes">read, write, admin; never more than the caller has. Null: read and write.</param>
/// <param name="ExpiresInDays">Null: until it is revoked.</param>
public sealed record CreateTokenRequest(string Name, IReadOnlyList<string>? Scopes = null, int? ExpiresInDays = null);

/// <summary><c>GET /v1/tokens</c>: the caller's own that are not revoked.</summary>
public sealed record TokenResponse(
    long Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null, DateTimeOffset? LastUsedAt = null);

/// <param name="Token">Shown once.</param>
public sealed record CreateTokenResponse(long Id, string Token);
