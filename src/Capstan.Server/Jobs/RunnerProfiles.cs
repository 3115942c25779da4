using Capstan.Server.Data;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>What decides which jobs a runner may take, as it was when it was read; the claim itself looks again.</summary>
/// <param name="Labels">Lower case, sorted.</param>
internal sealed record RunnerProfile(RunnerId Runner, string[] Labels, RunnerScopeSet Scope, int Slots)
{
    /// <summary>Equal for runners that may take the same jobs.</summary>
    public string Class { get; } = string.Join('\n', [.. Labels, $"/{Scope.Everything}/{string.Join(',', Scope.Organizations)}/{string.Join(',', Scope.Repositories)}"]);
}

/// <summary>Reads runners' profiles.</summary>
internal sealed class RunnerProfiles(Database database, TimeProvider clock)
{
    /// <summary>A runner that polls lives: noted at most this often, so that a poll seldom writes.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(20);

    private const string Sql = """
        with seen as (
            update actions_runners set last_heartbeat_at = $2
            where id = any($1) and $4 and removed_at is null and (last_heartbeat_at is null or last_heartbeat_at < $3)
        )
        select r.id, r.labels, r.slots, coalesce(bool_or(a.target_type = 'global'), false),
            coalesce(array_agg(a.organization_id order by a.organization_id) filter (where a.organization_id is not null), '{}'),
            coalesce(array_agg(a.repository_id order by a.repository_id) filter (where a.repository_id is not null), '{}')
        from actions_runners r left join actions_runner_assignments a on a.runner_id = r.id
        where r.id = any($1) and r.removed_at is null
        group by r.id
        """;

    /// <summary>A polling runner's profile; null when it was removed. Notes that it lives.</summary>
    public async Task<RunnerProfile?> OfPollingAsync(RunnerId runner, CancellationToken cancellationToken) =>
        (await ReadAsync([runner.Value], note: true, cancellationToken)).SingleOrDefault();

    public Task<IReadOnlyList<RunnerProfile>> OfAsync(IEnumerable<RunnerId> runners, CancellationToken cancellationToken) =>
        ReadAsync([.. runners.Select(r => r.Value).Distinct()], note: false, cancellationToken);

    private async Task<IReadOnlyList<RunnerProfile>> ReadAsync(long[] runners, bool note, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new() { Value = runners }, new() { Value = now }, new() { Value = now - NoteEvery }, new() { Value = note } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var profiles = new List<RunnerProfile>(runners.Length);
        while (await reader.ReadAsync(cancellationToken))
        {
            var scope = new RunnerScopeSet(reader.GetBoolean(3), reader.GetFieldValue<long[]>(4), reader.GetFieldValue<long[]>(5));
            profiles.Add(new RunnerProfile(new RunnerId(reader.GetInt64(0)), reader.GetFieldValue<string[]>(1), scope, reader.GetInt32(2)));
        }

        return profiles;
    }
}
