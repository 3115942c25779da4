using Capstan.Contracts.RunnerProtocol;
using Capstan.Server.Data;

namespace Capstan.Server.Runners;

/// <summary>Notes that a runner lives and what it can do.</summary>
public sealed class RunnerHeartbeats(Database database, TimeProvider clock)
{
    private const string Update = """
        update actions_runners
           set last_heartbeat_at = @Now, used_slots = @UsedSlots, operating_system = @OperatingSystem, architecture = @Architecture, docker_enabled = @Docker,
               slots = @Slots, ip_address = @IpAddress, protocol_version = @ProtocolVersion
         where id = @Id and removed_at is null
        returning paused_at is not null
        """;

    /// <returns>Whether the runner is paused; null when it was removed at this moment.</returns>
    public Task<bool?> NoteAsync(RunnerId runner, HeartbeatRequest request, string? ipAddress, int protocolVersion, CancellationToken cancellationToken) =>
        database.ReadSingleOrDefaultAsync<bool?>(
            Update,
            new
            {
                Id = runner.Value,
                request.UsedSlots,
                request.Capabilities.OperatingSystem,
                request.Capabilities.Architecture,
                request.Capabilities.Docker,
                request.Capabilities.Slots,
                IpAddress = ipAddress,
                ProtocolVersion = protocolVersion,
                Now = clock.GetUtcNow(),
            },
            cancellationToken);
}
