using System.Collections.Concurrent;
using Capstan.Server.Data;
using Capstan.Server.Runners;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>What decides which jobs a runner may take, as it was when it was read; the claim itself looks again.</summary>
/// <param name="Labels">Lower case, sorted.</param>
/// <param name="MayWork">Not paused, heard of lately, and with a free slot.</param>
internal sealed record RunnerProfile(RunnerId Runner, string[] Labels, RunnerScopeSet Scope, int Slots, bool MayWork)
{
    /// <summary>Equal for runners that may take the same jobs.</summary>
    public string Class { get; } = string.Join('\n', [.. Labels, $"/{Scope.Everything}/{string.Join(',', Scope.Organizations)}/{string.Join(',', Scope.Repositories)}"]);
}

/// <summary>Reads runners' profiles, and keeps them for a moment: a runner with many short jobs polls all the time. Thread-safe.</summary>
internal sealed class RunnerProfiles
{
    /// <summary>A profile older than this is read again before it is used. What changed meanwhile is caught by the claim itself.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(2);

    /// <summary>More than all runners that poll at one server within <see cref="GoodFor"/>.</summary>
    private const int MaxKept = 50_000;

    /// <summary>A runner that polls lives: noted at most this often, so that a poll seldom writes.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(20);

    private const string Sql = """
        with seen as (
            update actions_runners set last_heartbeat_at = $2
            where id = any($1) and $4 and removed_at is null and (last_heartbeat_at is null or last_heartbeat_at < $3)
        )
        select r.id, r.labels, r.slots, coalesce(bool_or(a.target_type = 'global'), false),
            coalesce(array_agg(a.organization_id order by a.organization_id) filter (where a.organization_id is not null), '{}'),
            coalesce(array_agg(a.repository_id order by a.repository_id) filter (where a.repository_id is not null), '{}'),
            r.paused_at is null and ($4 or r.last_heartbeat_at > $5)
                and (select count(*) from actions_job_executions x where x.runner_id = r.id and x.status = 'in_progress') < r.slots
        from actions_runners r left join actions_runner_assignments a on a.runner_id = r.id
        where r.id = any($1) and r.removed_at is null
        group by r.id
        """;

    private readonly Database database;
    private readonly TimeProvider clock;
    private readonly GroupedReads<RunnerId, RunnerProfile> ofPolling;
    private readonly ConcurrentDictionary<RunnerId, (RunnerProfile Profile, DateTimeOffset ReadAt)> kept = new();

    public RunnerProfiles(Database database, TimeProvider clock)
    {
        this.database = database;
        this.clock = clock;
        ofPolling = new(async runners => (await ReadAsync([.. runners.Select(r => r.Value)], note: true, CancellationToken.None)).ToDictionary(p => p.Runner));
    }

    /// <summary>A polling runner's profile and when it was read; null when it was removed. Notes that it lives.</summary>
    public async Task<(RunnerProfile Profile, DateTimeOffset ReadAt)?> OfPollingAsync(RunnerId runner, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (kept.TryGetValue(runner, out var known) && now - known.ReadAt <= GoodFor)
        {
            return known;
        }

        if (await ofPolling.ReadAsync(runner, cancellationToken) is not { } profile)
        {
            kept.TryRemove(runner, out _);
            return null;
        }

        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }

        return kept[runner] = (profile, now);
    }

    public Task<IReadOnlyList<RunnerProfile>> OfAsync(IEnumerable<RunnerId> runners, CancellationToken cancellationToken) =>
        ReadAsync([.. runners.Select(r => r.Value).Distinct()], note: false, cancellationToken);

    /// <summary>Reads the profiles of waiting polls again. A poll whose runner was removed ends.</summary>
    /// <returns>Whether any of them may take now what it could not take before.</returns>
    public async Task<bool> RefreshAsync(PollIndex polls, IReadOnlyList<Poll> which, CancellationToken cancellationToken)
    {
        if (which.Count == 0)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var read = (await OfAsync(which.Select(p => p.Profile.Runner), cancellationToken)).ToDictionary(p => p.Runner);
        var gained = false;
        foreach (var poll in which)
        {
            gained |= polls.Refresh(poll, read.GetValueOrDefault(poll.Profile.Runner), now);
        }

        return gained;
    }

    private async Task<IReadOnlyList<RunnerProfile>> ReadAsync(long[] runners, bool note, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new() { Value = runners }, new() { Value = now }, new() { Value = now - NoteEvery }, new() { Value = note }, new() { Value = now - RunnerQueries.OfflineAfter } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var profiles = new List<RunnerProfile>(runners.Length);
        while (await reader.ReadAsync(cancellationToken))
        {
            var scope = new RunnerScopeSet(reader.GetBoolean(3), reader.GetFieldValue<long[]>(4), reader.GetFieldValue<long[]>(5));
            profiles.Add(new RunnerProfile(new RunnerId(reader.GetInt64(0)), reader.GetFieldValue<string[]>(1), scope, reader.GetInt32(2), reader.GetBoolean(6)));
        }

        return profiles;
    }
}
