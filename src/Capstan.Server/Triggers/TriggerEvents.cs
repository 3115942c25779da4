using System.Text.Json;
using Capstan.Server.Data;
using Capstan.Workflows.Triggers;
using Dapper;
using Npgsql;

namespace Capstan.Server.Triggers;

/// <summary>Things that happened and may start runs: the rows between what happened and its runs.</summary>
internal sealed class TriggerEvents(TimeProvider clock)
{
    /// <summary>The wake-up channel to signal after the commit of an event.</summary>
    public const string Channel = "trigger_events";

    /// <summary>So often looking at an event may fail; then it is set aside with its error, and is in nobody's way.</summary>
    public const int MaxAttempts = 5;

    // SKIP LOCKED: servers share the events without waiting for each other; the order is that of ids, carried by trigger_events_pending_idx.
    private const string ClaimNext = """
        select e.id, e.repository_id, e.event, e.ref, e.head_sha, e.payload::text as payload, e.push_id, p.job_execution_id as pushed_by_job,
               u.id as actor_id, u.username as actor, u.email as actor_email,
               array(select w.path from actions_workflows w where w.repository_id = e.repository_id and w.state = 'disabled') as disabled_workflows,
               r.path as repository, o.path as owner, o.id as owner_id, r.description, r.visibility, r.default_branch, r.created_at as repository_created_at
          from trigger_events e
          join repositories r on r.id = e.repository_id
          join organizations o on o.id = r.organization_id
          join users u on u.id = e.actor_id
          left join pushes p on p.id = e.push_id
         where e.state = 'pending' and e.not_before <= @Now
         order by e.not_before, e.id
         limit 1
           for update of e skip locked
        """;

    private const string InsertEvent = """
        insert into trigger_events (repository_id, event, ref, head_sha, actor_id, payload, created_at, not_before)
        values (@Repository, @Event, @Ref, @HeadSha, @Actor, @Payload::jsonb, @Now, @Now)
        returning id
        """;

    private const string MarkProcessed = """
        update trigger_events set state = 'processed', processed_at = @Now, head_sha = @HeadSha, payload = @Payload::jsonb, why = @Why, error = null where id = @Id
        """;

    private const string InsertDecisions = """
        insert into trigger_decisions (trigger_event_id, workflow_path, fired, why, run_id, filters)
        select @Id, d.path, d.run_id is not null, d.why, d.run_id, d.filters::jsonb from unnest(@Paths, @Whys, @Runs, @Filters) as d (path, why, run_id, filters)
        """;

    private const string MarkFailed = """
        update trigger_events
           set attempts = attempts + 1, error = @Error, not_before = @NotBefore,
               state = case when attempts + 1 >= @MaxAttempts then 'set_aside' else 'pending' end,
               processed_at = case when attempts + 1 >= @MaxAttempts then @Now end
         where id = @Id and state = 'pending'
        returning state
        """;

    private const int MaxErrorLength = 2000;

    private const string RefsOfPush = "select ref, old_sha as old, new_sha as new from push_refs where push_id = @Push and moved order by ref";

    /// <summary>How long an event rests after a failure: long enough for an outage of the disk to pass, short enough that a fixed one runs the same minute.</summary>
    public static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>The next event to look at, locked for the connection's transaction; null when there is none.</summary>
    public Task<ClaimedEvent?> ClaimAsync(NpgsqlConnection connection) =>
        connection.QuerySingleOrDefaultAsync<ClaimedEvent>(ClaimNext, new { Now = clock.GetUtcNow() });

    /// <summary>Writes down an event that is no push, in the transaction of whoever causes it. Signal <see cref="Channel"/> after the commit.</summary>
    public Task<TriggerEventId> InsertAsync(NpgsqlConnection connection, RepositoryId repository, string name, string reference, string headSha, UserId actor, JsonElement payload) =>
        connection.QuerySingleAsync<TriggerEventId>(InsertEvent, new
        {
            Repository = repository,
            Event = name,
            Ref = reference,
            HeadSha = headSha,
            Actor = actor,
            Payload = StoredText.CleanJson(payload.GetRawText()),
            Now = clock.GetUtcNow(),
        });

    /// <summary>All refs that moved with a push.</summary>
    public async Task<IReadOnlyList<Git.PushCommand>> RefsOfPushAsync(NpgsqlConnection connection, long push) =>
        [.. (await connection.QueryAsync<(string Ref, string Old, string New)>(RefsOfPush, new { Push = push })).Select(row => new Git.PushCommand(row.Ref, row.Old, row.New))];

    /// <summary>Says what the event came to. Before its runs are made, because they read the payload.</summary>
    public Task ProcessedAsync(NpgsqlConnection connection, TriggerEventId id, TriggerFacts facts) => connection.ExecuteAsync(
        MarkProcessed, new { Id = id, Now = clock.GetUtcNow(), facts.HeadSha, Payload = StoredText.CleanJson(facts.Payload.GetRawText()), Why = StoredText.Clean(facts.Why) });

    public Task DecidedAsync(NpgsqlConnection connection, TriggerEventId id, IReadOnlyList<RecordedDecision> decisions) => connection.ExecuteAsync(InsertDecisions, new
    {
        Id = id,
        Paths = decisions.Select(decision => decision.WorkflowPath).ToArray(),
        Whys = decisions.Select(decision => StoredText.Clean(decision.Why)).ToArray(),
        Runs = decisions.Select(decision => decision.Run?.Value).ToArray(),
        Filters = decisions.Select(decision => FilterTraceJson.ToText(decision.Filters)).ToArray(),
    });

    /// <returns>Whether it is set aside now.</returns>
    public async Task<bool> FailedAsync(NpgsqlConnection connection, TriggerEventId id, string error)
    {
        var now = clock.GetUtcNow();
        var state = await connection.QuerySingleOrDefaultAsync<string>(
            MarkFailed, new { Id = id, Error = error.Length > MaxErrorLength ? error[..MaxErrorLength] : error, Now = now, NotBefore = now + RestAfterFailure, MaxAttempts });
        return state == "set_aside";
    }
}

/// <summary>An event as the one who looks at it needs it.</summary>
internal sealed record ClaimedEvent(
    TriggerEventId Id,
    RepositoryId RepositoryId,
    string Event,
    string Ref,
    string HeadSha,
    string Payload,
    long? PushId,
    long? PushedByJob,
    UserId ActorId,
    string Actor,
    string ActorEmail,
    string[] DisabledWorkflows,
    string Repository,
    string Owner,
    OrganizationId OwnerId,
    string? Description,
    string Visibility,
    string DefaultBranch,
    DateTimeOffset RepositoryCreatedAt);

/// <summary>What became of one workflow file: fired when there is a run.</summary>
internal sealed record RecordedDecision(string WorkflowPath, string Why, RunId? Run, IReadOnlyList<FilterTrace> Filters);
