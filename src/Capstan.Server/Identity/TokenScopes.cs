namespace Capstan.Server.Identity;

/// <summary>What an access token may do, never more than its user may.</summary>
public static class TokenScopes
{
    /// <summary>Look, clone and fetch.</summary>
    public const string Read = "read";

    /// <summary>Also change: push, dispatch, cancel, settings.</summary>
    public const string Write = "write";

    /// <summary>Also act as administrator of the server, for a user who is one.</summary>
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [Read, Write, Admin];
}
