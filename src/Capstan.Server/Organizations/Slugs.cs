using System.Buffers;
using Capstan.Contracts;
using Capstan.Server.Data;
using Dapper;
using Npgsql;

namespace Capstan.Server.Organizations;

/// <summary>The one case-insensitive name space of users and organizations: the first segment of every address of a person's or an organization's things.</summary>
public static class Slugs
{
    /// <summary>What GitHub allows, so that whatever is named there can be named the same here.</summary>
    public const int MaxLength = 39;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    /// <summary>First segments of addresses that are, or may become, the server's own.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "v1", "v2", "v3", "api", "apis", "twirp", "broker", "graphql", "rest", "oauth", "oidc", "login", "logout", "signin", "signup", "session", "sessions", "register",
        "health", "healthz", "metrics", "ready", "status", "static", "assets", "css", "js", "img", "images", "fonts", "favicon", "robots", "sitemap", "public",
        "administration", "settings", "account", "user", "users", "org", "orgs", "organizations", "repo", "repos", "repositories",
        "new", "create", "explore", "search", "dashboard", "notifications", "inbox", "runs", "runners", "jobs", "actions", "workflows", "executions", "pipelines", "artifacts",
        "caches", "packages", "blobs", "logs", "events", "hooks", "webhooks", "git", "raw", "archive", "docs", "help", "about", "terms", "privacy", "security", "audit",
        "server", "system", "capstan", "ghost", "none", "null", "undefined",
    };

    /// <returns>Why the text cannot be a slug; null: it can.</returns>
    public static SlugRefusal? Refuse(string slug)
    {
        if (slug.Length is 0 or > MaxLength)
            return new SlugRefusal(ErrorCodes.Invalid, $"A name has 1 to {MaxLength} characters.");
        if (slug.AsSpan().ContainsAnyExcept(Allowed) || !char.IsAsciiLetterOrDigit(slug[0]) || !char.IsAsciiLetterOrDigit(slug[^1]))
            return new SlugRefusal(ErrorCodes.Invalid, "A name consists of letters, digits, '-' and '_', and begins and ends with a letter or digit.");
        return Reserved.Contains(slug) ? new SlugRefusal(ErrorCodes.NameReserved, $"The name '{slug}' is reserved for the server's own addresses.") : null;
    }

    /// <summary>Takes a slug for a user within the caller's transaction.</summary>
    /// <returns>False: a user or an organization has it, or had it and is redirected from it.</returns>
    public static Task<bool> TryTakeAsync(NpgsqlConnection connection, string slug, UserId user) => TryTakeAsync(connection, slug, user.Value, organization: null);

    /// <summary>Takes a slug for an organization within the caller's transaction.</summary>
    /// <inheritdoc cref="TryTakeAsync(NpgsqlConnection,string,UserId)"/>
    public static Task<bool> TryTakeAsync(NpgsqlConnection connection, string slug, OrganizationId organization) => TryTakeAsync(connection, slug, user: null, organization.Value);

    private static async Task<bool> TryTakeAsync(NpgsqlConnection connection, string slug, long? user, long? organization)
    {
        const string sql = """
            insert into slugs (slug, user_id, organization_id) values (lower(@Slug), @User, @Organization) on conflict (slug) do nothing
            """;
        return await connection.ExecuteAsync(sql, new { Slug = slug, User = user, Organization = organization }) == 1;
    }
}

/// <param name="Code">One of <see cref="ErrorCodes"/>.</param>
public sealed record SlugRefusal(string Code, string Detail);
