using System.Collections.Concurrent;
using System.Text.Json;
using Capstan.Orchestration.Calls;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Jobs;

namespace Capstan.Orchestration;

/// <summary>
/// The graph of a workflow's jobs: what each one needs and who needs it, with the graphs of the workflows that they call. Made once per workflow version;
/// immutable and safe to share.
/// </summary>
public sealed class RunPlan
{
    private readonly Dictionary<string, NodePlan> byId;
    private readonly Lazy<WrittenContents> written;

    private RunPlan(WorkflowDefinition workflow)
    {
        Workflow = workflow;
        Nodes = NodesOf(workflow);
        byId = new Dictionary<string, NodePlan>(Nodes.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var node in Nodes)
        {
            byId.Add(node.Key, node);
        }

        written = new Lazy<WrittenContents>(() => new WrittenContents(this));
    }

    public WorkflowDefinition Workflow { get; }

    /// <summary>Of the workflow itself, in file order; those of called workflows come with their calls.</summary>
    public IReadOnlyList<NodePlan> Nodes { get; }

    /// <exception cref="KeyNotFoundException">The workflow has no such job, and none that it calls.</exception>
    public NodePlan this[string key]
    {
        get
        {
            if (NodeKey.Split(key) is not var (caller, leg, inner))
            {
                return byId[key];
            }

            var calling = byId[caller];
            var called = calling.Called ?? throw new KeyNotFoundException($"The job '{caller}' calls no workflow, so there is no '{key}'.");
            return called[inner].Under(calling, leg);
        }
    }

    /// <param name="workflow">Without errors: every need exists and there is no cycle. Jobs whose called workflows are not in place are refused when it is
    /// their turn.</param>
    public static RunPlan Of(WorkflowDefinition workflow) => new(workflow);

    /// <summary>The jobs of the workflow that a leg calls.</summary>
    public IReadOnlyList<NodePlan> Called(CallLeg call)
    {
        var calling = this[call.Key];
        return [.. calling.Called!.Nodes.Select(node => this[NodeKey.PrefixOf(call, calling.HasMatrix) + node.Key])];
    }

    /// <summary>A job's definition as its message carries it; written once, because a matrix has many jobs of one definition.</summary>
    public JsonElement ContentOf(string key) => NodeKey.Split(key) is var (caller, _, inner)
        ? byId[caller].Called!.ContentOf(inner)
        : written.Value.Of(key);

    /// <summary>The state of an attempt before its first event, and of all its nodes.</summary>
    public (RunState Run, IReadOnlyList<NodeState> Nodes) Begin()
    {
        var begun = new List<NodeState>(Nodes.Count);
        foreach (var node in Nodes)
        {
            begun.Add(node.Begin());
        }

        return (new RunState { OpenNodes = begun.Count }, begun);
    }

    private static NodePlan[] NodesOf(WorkflowDefinition workflow)
    {
        var nodes = new NodePlan[workflow.Jobs.Count];
        var dependants = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in workflow.Jobs)
        {
            names.Add(job.Id, job.Id);
            dependants.Add(job.Id, []);
        }

        for (var position = 0; position < nodes.Length; position++)
        {
            var job = workflow.Jobs[position];
            var needs = new List<string>(job.Needs.Count);
            foreach (var need in job.Needs)
            {
                // `needs` may name a job in another case, or twice: each counts once, by its key in the file.
                var waiting = dependants[need];
                if (waiting.Count == 0 || waiting[^1] != job.Id)
                {
                    waiting.Add(job.Id);
                    needs.Add(names[need]);
                }
            }

            nodes[position] = new NodePlan(job, workflow, [position], needs, dependants[job.Id]) { Called = job.Called is { } called ? Of(called) : null };
        }

        return nodes;
    }

    /// <summary>Apart from the plan, because .NET would load its JSON together with it, which a local run does not need.</summary>
    private sealed class WrittenContents(RunPlan plan)
    {
        private readonly ConcurrentDictionary<string, JsonElement> byKey = new(StringComparer.OrdinalIgnoreCase);

        public JsonElement Of(string key) => byKey.GetOrAdd(key, static (k, plan) => JobContent.Of(plan.Workflow, plan[k].Job).Write(), plan);
    }
}

/// <summary>A job of the run's own workflow, or one of a called workflow under the leg that calls it.</summary>
/// <param name="Workflow">The file that it stands in.</param>
/// <param name="Place">Sorts the nodes of a run: the position in the file from 0; for a called job after the place and the leg of its caller.</param>
/// <param name="Needs">Keys of the jobs that it waits for, each once.</param>
/// <param name="Dependants">Keys of the jobs that wait for it.</param>
public sealed record NodePlan(
    JobDefinition Job, WorkflowDefinition Workflow, IReadOnlyList<int> Place, IReadOnlyList<string> Needs, IReadOnlyList<string> Dependants)
{
    /// <summary>Unique in the run.</summary>
    public string Key { get; private init; } = Job.Id;

    /// <summary>The graph of the workflow that the job calls; null for a job with steps.</summary>
    public RunPlan? Called { get; init; }

    /// <summary>The call that the job stands under; null in the run's own workflow.</summary>
    public CallLeg? Caller { get; private init; }

    /// <summary>The name while the matrix is not known, without those of its callers.</summary>
    public string PlainName => JobPlanner.PlainName(Job);

    public bool HasMatrix => Job.Strategy?.Matrix is not null;

    /// <summary>Before its first event.</summary>
    internal NodeState Begin() => new() { Key = Key, OpenNeeds = Needs.Count };

    /// <summary>The node as seen one workflow further out.</summary>
    internal NodePlan Under(NodePlan calling, int leg)
    {
        var prefix = NodeKey.PrefixOf(new CallLeg(calling.Key, leg), calling.HasMatrix);
        return this with
        {
            Key = prefix + Key,
            Place = [.. calling.Place, leg, .. Place],
            Needs = [.. Needs.Select(need => prefix + need)],
            Dependants = [.. Dependants.Select(dependant => prefix + dependant)],
            Caller = Caller is null ? new CallLeg(calling.Key, leg) : Caller with { Key = prefix + Caller.Key },
        };
    }
}
