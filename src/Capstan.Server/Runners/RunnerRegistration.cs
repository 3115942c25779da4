using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Audit;
using Capstan.Server.Data;
using Capstan.Server.Identity;
using Dapper;
using Npgsql;

namespace Capstan.Server.Runners;

public abstract record RegistrationResult
{
    private RegistrationResult()
    {
    }

    /// <param name="Credential">Goes to the runner and is not kept.</param>
    public sealed record Registered(RunnerId Id, string Name, OpaqueToken Credential) : RegistrationResult;

    /// <summary>The token is unknown, used or expired; the text says which, since whoever holds a token may know.</summary>
    public sealed record TokenRefused(string Why) : RegistrationResult;

    public sealed record NameTaken : RegistrationResult;

    public sealed record Invalid(string Why) : RegistrationResult;
}

/// <summary>Makes a runner out of a registration token. A refused registration leaves the token as it was.</summary>
public sealed class RunnerRegistration(Database database, RegistrationTokens tokens, AuditLog audit, TimeProvider clock)
{
    /// <summary>In characters; names and host names both fit into 255 bytes elsewhere.</summary>
    public const int MaxNameLength = 200;

    public const int MaxSlots = 1000;

    /// <summary>In characters; of the operating system's and the architecture's names.</summary>
    public const int MaxSystemLength = 50;

    private const string Insert = """
        insert into actions_runners
            (name, hostname, credential_hash, labels, operating_system, architecture, docker_enabled, slots, ip_address, protocol_version, created_at)
        values (@Name, @Hostname, @CredentialHash, @Labels, @OperatingSystem, @Architecture, @Docker, @Slots, @IpAddress, @ProtocolVersion, @Now)
        on conflict (lower(name)) where removed_at is null do nothing
        returning id
        """;

    public Task<RegistrationResult> RegisterAsync(RegisterRunnerRequest request, string? ipAddress, int protocolVersion, CancellationToken cancellationToken)
    {
        if (Refuse(request) is { } why)
            return Task.FromResult<RegistrationResult>(new RegistrationResult.Invalid(why));
        return database.InTransactionAsync(
            async connection =>
            {
                var token = await tokens.LockAsync(connection, request.RegistrationToken);
                if (RefuseToken(token) is { } refusal)
                    return new RegistrationResult.TokenRefused(refusal);
                var credential = OpaqueToken.Create(OpaqueToken.RunnerPrefix);
                if (await InsertAsync(connection, request, credential, ipAddress, protocolVersion) is not { } runner)
                    return new RegistrationResult.NameTaken();
                await AssignAsync(connection, runner, token!);
                await tokens.SpendAsync(connection, token!, runner);
                await audit.WriteAsync(connection, new AuditEntry(new RunnerPrincipal(runner), "runner.register", request.Name)
                {
                    OrganizationId = token!.OrganizationId,
                    RepositoryId = token.RepositoryId,
                    Detail = new Dictionary<string, string?> { ["hostname"] = request.Hostname, ["ip_address"] = ipAddress },
                });
                return (RegistrationResult)new RegistrationResult.Registered(runner, request.Name, credential);
            },
            cancellationToken);
    }

    private static string? Refuse(RegisterRunnerRequest request) =>
        request.Name.Length is 0 or > MaxNameLength || request.Name.Any(char.IsControl) ? $"A runner's name has 1 to {MaxNameLength} characters."
        : request.Hostname.Length is 0 or > MaxNameLength ? $"A host name has 1 to {MaxNameLength} characters."
        : RefuseCapabilities(request.Capabilities) ?? RunnerLabels.Refuse([.. request.Labels]);

    internal static string? RefuseCapabilities(RunnerCapabilities capabilities) =>
        capabilities.Slots is < 1 or > MaxSlots ? $"A runner has 1 to {MaxSlots} slots."
        : capabilities is not { OperatingSystem.Length: > 0 and <= MaxSystemLength, Architecture.Length: > 0 and <= MaxSystemLength }
            ? "Operating system and architecture are missing or too long."
        : null;

    private string? RefuseToken(RegistrationToken? token) =>
        token is null ? "The registration token is unknown. Make one with 'capstan runner token'."
        : token.UsedAt is not null ? "The registration token was used already: each registers one runner. Make another with 'capstan runner token'."
        : token.ExpiresAt <= clock.GetUtcNow() ? "The registration token has expired. Make another with 'capstan runner token'."
        : null;

    private async Task<RunnerId?> InsertAsync(NpgsqlConnection connection, RegisterRunnerRequest request, OpaqueToken credential, string? ipAddress, int protocolVersion)
    {
        var now = clock.GetUtcNow();
        await connection.ExecuteAsync(
            "insert into actions_inventory_hosts (hostname, created_at) values (@Hostname, @Now) on conflict do nothing", new { request.Hostname, Now = now });
        return await connection.QuerySingleOrDefaultAsync<RunnerId?>(Insert, new
        {
            request.Name,
            request.Hostname,
            CredentialHash = credential.Hash,
            Labels = RunnerLabels.Complete(request.Labels, request.Capabilities.OperatingSystem, request.Capabilities.Architecture),
            request.Capabilities.OperatingSystem,
            request.Capabilities.Architecture,
            request.Capabilities.Docker,
            request.Capabilities.Slots,
            IpAddress = ipAddress,
            ProtocolVersion = protocolVersion,
            Now = now,
        });
    }

    private Task AssignAsync(NpgsqlConnection connection, RunnerId runner, RegistrationToken token) =>
        connection.ExecuteAsync(
            """
            insert into actions_runner_assignments (runner_id, target_type, organization_id, repository_id, assigned_at)
            values (@Runner, @TargetType, @Organization, @Repository, @Now)
            """,
            new { Runner = runner.Value, token.TargetType, Organization = token.OrganizationId?.Value, Repository = token.RepositoryId?.Value, Now = clock.GetUtcNow() });
}
