using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Capstan.Server.Data;

namespace Capstan.Server.Identity;

/// <summary>
/// The token that a job's steps get (GITHUB_TOKEN, ACTIONS_RUNTIME_TOKEN): a JWT signed with RS256, one per execution. What counts is the execution: the token is worth
/// something only while that execution runs, under the claim it was issued for, with a lease that is alive.
/// </summary>
public sealed class JobTokens(Database database, SigningKeys keys, DatabaseAvailability availability, ServerOptions options, TimeProvider clock)
{
    /// <summary>A second guard behind the lease: no job may run longer.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    /// <summary>Bits of the claim <c>ac</c>, which BuildKit's cache client reads.</summary>
    private const int CacheRead = 1;

    private const int CacheWrite = 2;

    /// <summary>Much longer than any token of ours.</summary>
    private const int MaxTokenChars = 8192;

    internal const string FindLiving = """
        select e.repository_id, j.run_id, e.lease_until
          from actions_job_executions e join actions_jobs j on j.id = e.job_id
         where e.id = @ExecutionId and e.fencing_token = @FencingToken and e.status = 'in_progress'
        """;

    /// <summary>Whether a credential has the form of a job token; says nothing about its worth.</summary>
    public static bool LooksLikeOne(string text) => text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count(c => c == '.') == 2;

    /// <summary>Makes the token of an execution that was just claimed.</summary>
    public async Task<string> IssueAsync(JobTokenContent content, CancellationToken cancellationToken)
    {
        var key = await keys.CurrentAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var header = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = key.Kid };
        var access = new JsonArray(new JsonObject { ["Scope"] = content.Ref, ["Permission"] = CacheRead | CacheWrite });
        var permissions = new JsonObject();
        foreach (var (name, level) in content.Permissions)
            permissions[name] = level;
        var claims = new JsonObject
        {
            ["sub"] = $"repo:{content.Repository}:ref:{content.Ref}",
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + LongestLife).ToUnixTimeSeconds(),
            ["scp"] = $"Actions.Results:{content.RunId.Value}:{content.JobId.Value}",
            ["ac"] = access.ToJsonString(),
            ["orch_id"] = $"{content.RunId.Value}.{content.JobKey}.{content.ExecutionId.Value}",
            ["repository"] = content.Repository,
            ["ref"] = content.Ref,
            ["permissions"] = permissions,
            ["execution_id"] = content.ExecutionId.Value,
            ["fencing_token"] = content.FencingToken,
        };
        var signed = $"{Encode(header)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <returns>Null: forged, expired, or its execution has ended, was given to another runner or lost its lease.</returns>
    public async Task<JobPrincipal?> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxTokenChars || await ReadSignedAsync(token, cancellationToken) is not { } claims)
            return null;
        var now = clock.GetUtcNow();
        if (Number(claims, "exp") is not { } expires || expires <= now.ToUnixTimeSeconds()
            || Number(claims, "execution_id") is not { } executionId || Number(claims, "fencing_token") is not { } fencingToken)
        {
            return null;
        }

        var living = await database.ReadSingleOrDefaultAsync<LivingExecution>(FindLiving, new { ExecutionId = executionId, FencingToken = fencingToken }, cancellationToken);
        if (living is null)
            return null;

        // While the database was away no runner could renew: for one lease length after it came back, a lease counts even if its time is over.
        if (living.LeaseUntil <= now && availability.Since + options.LeaseLength <= now)
            return null;
        return new JobPrincipal(new ExecutionId(executionId), living.RunId, living.RepositoryId, Permissions(claims));
    }

    private async Task<JsonObject?> ReadSignedAsync(string token, CancellationToken cancellationToken)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || Decode(parts[0]) is not { } headerBytes || Decode(parts[1]) is not { } claimBytes || Decode(parts[2]) is not { } signature)
            return null;

        // The algorithm is ours to say and not the token's: whatever else its header names is refused.
        if (ReadObject(headerBytes) is not { } header || Text(header, "alg") != "RS256" || Text(header, "kid") is not { } kid)
            return null;
        if (await keys.FindAsync(kid, cancellationToken) is not { } key || !key.Verify(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature))
            return null;
        return ReadObject(claimBytes);
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    private static byte[]? Decode(string text)
    {
        return Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
    }

    private static JsonObject? ReadObject(byte[] utf8)
    {
        try
        {
            return JsonNode.Parse(utf8) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private static Dictionary<string, string> Permissions(JsonObject claims) =>
        (claims["permissions"] as JsonObject ?? []).Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!.ToString());

    private sealed record LivingExecution(RepositoryId RepositoryId, RunId RunId, DateTimeOffset LeaseUntil);
}

/// <summary>What a job token says.</summary>
/// <param name="FencingToken">Of the claim that it is issued for.</param>
/// <param name="Repository"><c>owner/name</c>.</param>
/// <param name="Ref">The run's ref, in full.</param>
/// <param name="Permissions">Names to <c>read</c> or <c>write</c>, as the workflow's <c>permissions:</c> came out; default <c>contents: read</c>.</param>
public sealed record JobTokenContent(
    ExecutionId ExecutionId, long FencingToken, RunId RunId, JobId JobId, string JobKey, string Repository, string Ref, IReadOnlyDictionary<string, string> Permissions);
