using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>
/// One or more events of a run and all that follows from them, up to the point where the machine waits for the world again. The driver loads what the turn
/// asks for, applies the effects of each step, and at the end stores the run's state and the changed nodes in one transaction.
/// </summary>
/// <remarks>
/// No I/O and no clock in here, and never more nodes than the events touch: an event costs its dependants, not its run. Not thread safe; one turn of a run at
/// a time. The order of work for a driver:
/// <code>
/// turn.Add(event);
/// while (!turn.IsDone)
/// {
///     // supply the nodes in turn.Missing, the calls in turn.MissingCalls, and all running nodes when turn.WantsRunning
///     foreach (var effect in turn.Step(contexts)) { … a cancelled leg nobody runs: turn.Add(LegEnded) … }
/// }
/// </code>
/// </remarks>
public sealed class RunTurn
{
    private readonly Dictionary<string, NodeState> nodes = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> changed = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<RunEffect> effects = [];
    private Queue<RunEvent> events = new();
    private Queue<RunEvent> followUps = new();
    private bool runningSupplied;

    public RunTurn(RunPlan plan, RunState run)
    {
        Plan = plan;
        Run = run;
    }

    public RunPlan Plan { get; }

    public RunState Run { get; private set; }

    public bool IsDone => events.Count == 0;

    /// <summary>The nodes to store when the turn is done.</summary>
    public IReadOnlyList<NodeState> Changed
    {
        get
        {
            var states = new List<NodeState>(changed.Count);
            foreach (var key in changed)
            {
                states.Add(nodes[key]);
            }

            return states;
        }
    }

    /// <summary>The next step evaluates expressions: it needs the run's contexts.</summary>
    public bool WantsContexts => events.Any(e => e is RunEvent.NodeReady or RunEvent.NodeStopped or RunEvent.CallEnded or RunEvent.CallStopped);

    /// <summary>The next step needs every node in <see cref="NodePhase.Running"/>.</summary>
    public bool WantsRunning
    {
        get
        {
            foreach (var happened in events)
            {
                if (happened is RunEvent.CancelRequested)
                {
                    return !runningSupplied;
                }
            }

            return false;
        }
    }

    /// <summary>The nodes that the next step needs and the driver has not supplied yet.</summary>
    public IReadOnlyCollection<string> Missing
    {
        get
        {
            var missing = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var happened in events)
            {
                foreach (var needed in Needed(happened))
                {
                    if (!nodes.ContainsKey(needed))
                    {
                        missing.Add(needed);
                    }
                }
            }

            return missing;
        }
    }

    /// <summary>The calls that the next step needs and the driver has not supplied yet: what became of them when their legs were created.</summary>
    public IReadOnlyList<CallLeg> MissingCalls
    {
        get
        {
            HashSet<CallLeg>? missing = null;
            foreach (var happened in events)
            {
                if (NeededCall(happened) is { } call && !Calls.ContainsKey(call))
                {
                    missing ??= [];
                    missing.Add(call);
                }
            }

            return missing is null ? [] : [.. missing];
        }
    }

    /// <summary>Made for the first call: most runs have none.</summary>
    private Dictionary<CallLeg, CallFacts> Calls => field ??= [];

    public void Add(RunEvent happened) => events.Enqueue(happened);

    /// <remarks>What this turn has already decided is newer than what is stored.</remarks>
    public void Supply(NodeState loaded) => nodes.TryAdd(loaded.Key, loaded);

    public void Supply(IEnumerable<NodeState> loaded)
    {
        foreach (var node in loaded)
        {
            Supply(node);
        }
    }

    public void Supply(CallLeg call, CallFacts facts) => Calls[call] = facts;

    public void SupplyRunning(IEnumerable<NodeState> loaded)
    {
        Supply(loaded);
        runningSupplied = true;
    }

    /// <summary>Handles the events that are there; what follows from them is left for the next step.</summary>
    /// <param name="contexts">Given when <see cref="WantsContexts"/>.</param>
    /// <exception cref="InvalidOperationException">The driver did not supply what the turn asked for.</exception>
    public IReadOnlyList<RunEffect> Step(RunContexts? contexts)
    {
        effects.Clear();
        var machine = new RunMachine(this, Plan, contexts);
        for (var left = events.Count; left > 0; left--)
        {
            machine.Handle(events.Dequeue());
        }

        (events, followUps) = (followUps, events);
        return [.. effects];
    }

    internal IReadOnlyCollection<NodeState> Known => nodes.Values;

    internal NodeState Node(string key) =>
        nodes.GetValueOrDefault(key) ?? throw new InvalidOperationException($"The turn asked for the node '{key}' and its driver did not supply it.");

    /// <summary>False: the call has not begun.</summary>
    internal bool Knows(string key) => nodes.ContainsKey(key);

    internal CallFacts Call(CallLeg call) =>
        Calls.GetValueOrDefault(call) ?? throw new InvalidOperationException($"The turn asked for the call of '{call.Key}' and its driver did not supply it.");

    internal void Change(NodeState node)
    {
        nodes[node.Key] = node;
        changed.Add(node.Key);
    }

    internal void Change(RunState run) => Run = run;

    internal void Effect(RunEffect effect) => effects.Add(effect);

    internal void Follow(RunEvent followUp) => followUps.Enqueue(followUp);

    private IEnumerable<string> Needed(RunEvent happened) => happened switch
    {
        RunEvent.LegEnded leg => [leg.Key],
        RunEvent.NodeReady ready => [ready.Key, .. Plan[ready.Key].Needs],
        RunEvent.NodeStopped stopped => [stopped.Key, .. Plan[stopped.Key].Needs],
        RunEvent.NodeSettled settled => [settled.Key, .. Plan[settled.Key].Dependants],
        RunEvent.CallBegun begun => [begun.Call.Key],
        RunEvent.CalledSettled settled => [settled.Call.Key],
        RunEvent.CallEnded ended => [ended.Call.Key, .. Plan.Called(ended.Call).Select(node => node.Key)],
        RunEvent.CallStopped stopped when events.Contains(new RunEvent.CallBegun(stopped.Call)) => [stopped.Call.Key],
        RunEvent.CallStopped stopped => [stopped.Call.Key, .. Plan.Called(stopped.Call).Select(node => node.Key)],
        _ => [],
    };

    private CallLeg? NeededCall(RunEvent happened) => happened switch
    {
        RunEvent.NodeReady ready => Plan[ready.Key].Caller,
        RunEvent.NodeStopped stopped => Plan[stopped.Key].Caller,
        RunEvent.CallBegun begun => begun.Call,
        RunEvent.CallEnded ended => ended.Call,
        RunEvent.CallStopped stopped => stopped.Call,
        _ => null,
    };
}
