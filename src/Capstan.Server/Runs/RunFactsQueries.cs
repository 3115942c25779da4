using System.Collections.Concurrent;
using System.Text.Json;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Secrets;
using Capstan.Workflows.Expressions;
using Npgsql;

namespace Capstan.Server.Runs;

/// <summary>
/// Reads what a run's contexts are made of. Kept for the attempts last asked about: an attempt's facts never change, except that its variables are those of the moment
/// in which they are read. Thread-safe.
/// </summary>
internal sealed class RunFactsQueries(ServerAddresses addresses, ServerOptions options)
{
    /// <summary>The payload of a large push takes some hundreds of kilobytes.</summary>
    private const int MaxKept = 200;

    private const string Sql = $"""
        select r.id, r.run_number, a.attempt, w.name, w.path, r.event, e.payload::text, r.ref, r.head_sha, o.path || '/' || p.path, p.id, o.id, u.username, u.id,
            (select t.username from users t where t.id = a.requested_by), r.inputs::text, coalesce(b.is_locked, false),
            {VariableStore.OfRun}::text
        from actions_workflow_runs r
        join actions_run_attempts a on a.run_id = r.id
        join actions_workflows w on w.id = r.workflow_id
        join trigger_events e on e.id = r.trigger_event_id
        join repositories p on p.id = r.repository_id
        join organizations o on o.id = p.organization_id
        join users u on u.id = r.actor_id
        left join branches b on b.repository_id = r.repository_id and 'refs/heads/' || b.name = r.ref
        where a.id = $1
        """;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = ValueJson.MaxDepth + 1 };

    private readonly ConcurrentDictionary<AttemptId, RunContexts> kept = new();

    /// <summary>Null: they must be read first.</summary>
    public RunContexts? Kept(AttemptId attempt) => kept.GetValueOrDefault(attempt);

    /// <exception cref="InvalidOperationException">There is no such attempt.</exception>
    public async Task<RunContexts> ContextsAsync(NpgsqlConnection connection, AttemptId attempt, CancellationToken cancellationToken)
    {
        if (kept.TryGetValue(attempt, out var known))
        {
            return known;
        }

        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = attempt.Value } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException($"There is no attempt {attempt.Value}.");
        }

        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }

        return kept.GetOrAdd(attempt, new RunContexts(Read(reader)));
    }

    private RunFacts Read(NpgsqlDataReader reader)
    {
        var payload = Json(reader.GetString(6));
        return new RunFacts
        {
            RunId = reader.GetInt64(0),
            RunNumber = reader.GetInt64(1),
            RunAttempt = reader.GetInt32(2),
            WorkflowName = reader.GetString(3),
            WorkflowPath = reader.GetString(4),
            WorkflowSha = reader.GetString(8),
            EventName = reader.GetString(5),
            ReadEvent = () => ValueJson.Read(payload),
            Ref = reader.GetString(7),
            Sha = reader.GetString(8),
            RefProtected = reader.GetBoolean(16),
            Repository = reader.GetString(9),
            RepositoryId = reader.GetInt64(10),
            RepositoryOwnerId = reader.GetInt64(11),
            Actor = reader.GetString(12),
            ActorId = reader.GetInt64(13),
            TriggeringActor = reader.GetString(14),
            ServerUrl = addresses.PublicUrl,
            ApiUrl = addresses.PublicUrl + "/v1",
            Inputs = ValueJson.Parse(reader.GetString(15)) as ObjectValue ?? ObjectValue.Empty,
            GithubOverrides = new Dictionary<string, string>(StringComparer.Ordinal) { ["retention_days"] = $"{(int)options.ArtifactRetention.TotalDays}" },
            Vars = Texts(Json(reader.GetString(17))),
        };
    }

    private static Dictionary<string, string> Texts(JsonElement json) =>
        json.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!, StringComparer.OrdinalIgnoreCase);

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text, Deep);
        return document.RootElement.Clone();
    }
}
