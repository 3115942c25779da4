using System.Text.Json;
using Capstan.Contracts;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Triggers;

/// <summary>What happened to a repository and what came of it, for people who ask why nothing ran.</summary>
internal sealed class TriggerQueries(Database database)
{
    // Both statements go over indexes: events by (repository, id), decisions by their primary key.
    private const string Events = """
        select e.id, e.event, e.ref, e.head_sha, u.username as actor, e.state, e.why, e.error, e.attempts, e.created_at, e.processed_at
          from trigger_events e join users u on u.id = e.actor_id
         where e.repository_id = @Repository and (@After::bigint is null or e.id < @After)
         order by e.id desc
         limit @Limit
        """;

    private const string Decisions = """
        select d.trigger_event_id, d.workflow_path, d.fired, d.why, d.run_id, r.run_number, d.filters::text as filters
          from trigger_decisions d left join actions_workflow_runs r on r.id = d.run_id
         where d.trigger_event_id = any(@Events)
         order by d.trigger_event_id, d.workflow_path
        """;

    /// <param name="after">The last event of the page before: the list goes on with older ones.</param>
    /// <returns>Newest first.</returns>
    public async Task<IReadOnlyList<TriggerEventResponse>> ListAsync(RepositoryId repository, long? after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var events = (await connection.QueryAsync<EventRow>(new CommandDefinition(
            Events, new { Repository = repository, After = after, Limit = limit }, cancellationToken: cancellationToken))).AsList();
        var decisions = (await connection.QueryAsync<DecisionRow>(new CommandDefinition(
            Decisions, new { Events = events.Select(row => row.Id).ToArray() }, cancellationToken: cancellationToken))).ToLookup(row => row.TriggerEventId);
        return [.. events.Select(row => new TriggerEventResponse(
            row.Id, row.Event, row.Ref, row.HeadSha, row.Actor, row.State, row.Why, row.Error, row.Attempts, row.CreatedAt, row.ProcessedAt,
            [.. decisions[row.Id].Select(decision => new TriggerDecisionResponse(
                decision.WorkflowPath, decision.Fired, decision.Why, decision.RunId, decision.RunNumber, FiltersOf(decision)))]))];
    }

    private static IReadOnlyList<TriggerFilterResponse> FiltersOf(DecisionRow decision) => JsonSerializer.Deserialize(decision.Filters, ContractsJson.Default.TriggerFilters)!;

    private sealed record EventRow(
        long Id, string Event, string Ref, string HeadSha, string Actor, string State, string? Why, string? Error, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? ProcessedAt);

    private sealed record DecisionRow(long TriggerEventId, string WorkflowPath, bool Fired, string Why, long? RunId, long? RunNumber, string Filters);
}
