using System.Collections.Concurrent;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Workflows.Definitions;
using Npgsql;

namespace Capstan.Server.Runs;

/// <summary>The parsed form of workflow versions, kept while they are in use: a version never changes. Thread-safe.</summary>
internal sealed class RunPlans
{
    /// <summary>A typical plan takes some tens of kilobytes.</summary>
    private const int MaxKept = 500;

    private const string Sql = """
        select w.path, v.yaml_content, v.called::text from actions_workflow_versions v join actions_workflows w on w.id = v.workflow_id where v.id = $1
        """;

    private readonly ConcurrentDictionary<WorkflowVersionId, RunPlan> kept = new();

    /// <summary>Null: it must be read first.</summary>
    public RunPlan? Kept(WorkflowVersionId version) => kept.GetValueOrDefault(version);

    /// <exception cref="InvalidOperationException">The version is not valid, so no run of it can have jobs.</exception>
    public async Task<RunPlan> OfAsync(NpgsqlConnection connection, WorkflowVersionId version, CancellationToken cancellationToken)
    {
        if (kept.TryGetValue(version, out var known))
        {
            return known;
        }

        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = version.Value } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException($"There is no workflow version {version.Value}.");
        }

        var options = WorkflowReadOptions.Default with { LoadWorkflow = CalledFiles.Read(reader.GetString(2)) };
        var definition = WorkflowReader.Read(reader.GetString(0), reader.GetString(1), options).Definition
            ?? throw new InvalidOperationException($"Workflow version {version.Value} has errors.");
        var plan = RunPlan.Of(definition);
        if (kept.Count >= MaxKept)
        {
            // Rare, and cheaper than keeping an order: what is in use comes back with its next event.
            kept.Clear();
        }

        return kept.GetOrAdd(version, plan);
    }

    /// <summary>Keeps what a run's creator has parsed already.</summary>
    public void Keep(WorkflowVersionId version, RunPlan plan)
    {
        if (kept.Count < MaxKept)
        {
            kept.TryAdd(version, plan);
        }
    }
}
