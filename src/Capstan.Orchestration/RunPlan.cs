using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text.Json;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;

namespace Capstan.Orchestration;

/// <summary>The graph of a workflow's jobs: what each one needs and who needs it. Made once per workflow version; immutable and safe to share.</summary>
public sealed class RunPlan
{
    private readonly FrozenDictionary<string, NodePlan> byKey;
    private readonly ConcurrentDictionary<string, JsonElement> contents = new(StringComparer.OrdinalIgnoreCase);

    private RunPlan(WorkflowDefinition workflow, IReadOnlyList<NodePlan> nodes)
    {
        Workflow = workflow;
        Nodes = nodes;
        byKey = nodes.ToFrozenDictionary(n => n.Key, StringComparer.OrdinalIgnoreCase);
    }

    public WorkflowDefinition Workflow { get; }

    /// <summary>In file order.</summary>
    public IReadOnlyList<NodePlan> Nodes { get; }

    /// <exception cref="KeyNotFoundException">The workflow has no such job.</exception>
    public NodePlan this[string key] => byKey[key];

    /// <summary>A job's definition as its message carries it; written once, because a matrix has many jobs of one definition.</summary>
    public JsonElement ContentOf(string key) => contents.GetOrAdd(key, static (k, plan) => JobContent.Write(plan.Workflow, plan[k].Job), this);

    /// <param name="workflow">Without errors: every need exists and there is no cycle.</param>
    public static RunPlan Of(WorkflowDefinition workflow)
    {
        var names = workflow.Jobs.ToDictionary(j => j.Id, j => j.Id, StringComparer.OrdinalIgnoreCase);
        var dependants = workflow.Jobs.ToDictionary(j => j.Id, _ => new List<string>(), StringComparer.OrdinalIgnoreCase);
        var needs = new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in workflow.Jobs)
        {
            // `needs` may name a job in another case, or twice: each counts once, by its key in the file.
            var keys = job.Needs.Select(n => names[n]).Distinct(StringComparer.Ordinal).ToList();
            needs[job.Id] = keys;
            foreach (var key in keys)
            {
                dependants[key].Add(job.Id);
            }
        }

        return new RunPlan(workflow, [.. workflow.Jobs.Select((job, position) => new NodePlan(job, position, needs[job.Id], dependants[job.Id]))]);
    }

    /// <summary>The state of an attempt before its first event, and of all its nodes.</summary>
    public (RunState Run, IReadOnlyList<NodeState> Nodes) Begin() =>
        (new RunState { OpenNodes = Nodes.Count }, [.. Nodes.Select(n => new NodeState { Key = n.Key, OpenNeeds = n.Needs.Count })]);
}

/// <param name="Position">From 0, in the file.</param>
/// <param name="Needs">Keys of the jobs that it waits for, each once.</param>
/// <param name="Dependants">Keys of the jobs that wait for it.</param>
public sealed record NodePlan(JobDefinition Job, int Position, IReadOnlyList<string> Needs, IReadOnlyList<string> Dependants)
{
    public string Key => Job.Id;
}
