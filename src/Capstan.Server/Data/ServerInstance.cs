using Dapper;

namespace Capstan.Server.Data;

/// <summary>This server process among those of the database: what it leaves unsettled can be told from what a living one is working on.</summary>
public sealed class ServerInstance
{
    /// <summary>How often a living server says so.</summary>
    public static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(5);

    /// <summary>A server that has not been seen for this long is dead, and others settle what it left.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(30);

    private readonly Database database;
    private readonly TimeProvider clock;

    private ServerInstance(Guid id, Database database, TimeProvider clock)
    {
        Id = id;
        this.database = database;
        this.clock = clock;
    }

    /// <summary>New with every start.</summary>
    public Guid Id { get; }

    internal static async Task<ServerInstance> EnterAsync(Database database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var instance = new ServerInstance(Guid.NewGuid(), database, clock);
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(
            "insert into server_instances (id, started_at, last_seen_at) values (@Id, @Now, @Now)", new { instance.Id, Now = clock.GetUtcNow() });
        return instance;
    }

    internal async Task BeatAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update server_instances set last_seen_at = @Now where id = @Id", new { Id, Now = clock.GetUtcNow() }, cancellationToken: cancellationToken));
    }

    /// <summary>Says goodbye, if the database hears it: otherwise others notice after <see cref="DeadAfter"/>.</summary>
    internal async Task LeaveAsync()
    {
        try
        {
            await using var connection = await database.OpenAsync();
            await connection.ExecuteAsync("update server_instances set stopped_at = @Now where id = @Id and stopped_at is null", new { Id, Now = clock.GetUtcNow() });
        }
        catch (Exception e) when (Database.IsOutage(e))
        {
            // It is gone; there is nobody to tell.
        }
    }
}
