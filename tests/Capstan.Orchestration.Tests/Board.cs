using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Xunit;

namespace Capstan.Orchestration.Tests;

/// <summary>
/// A driver of the machine that keeps everything in its stored form, as a server does between two events, and checks after every event what must always be true.
/// </summary>
internal sealed class Board
{
    private readonly RunPlan plan;
    private readonly RunContexts contexts = new(Facts.OfAPush);
    private readonly Dictionary<string, (string State, string Outputs)> stored;
    private readonly Dictionary<(string Key, int Leg), Leg> legs = [];
    private readonly List<Conclusion> ends = [];
    private RunState run;

    public Board(params Workflows.Definitions.JobDefinition[] jobs)
    {
        plan = RunPlan.Of(Workflow.Of(jobs));
        (run, var nodes) = plan.Begin();
        stored = nodes.ToDictionary(n => n.Key, n => (NodeStateJson.Write(n), NodeStateJson.WriteOutputs(n.Outputs)));
        Show(plan.Nodes);
        Happen(new RunEvent.Started());
    }

    public RunPlan Plan => plan;

    public Conclusion? Conclusion => run.Conclusion;

    public RunState Run => run;

    public IReadOnlyDictionary<(string Key, int Leg), Leg> Legs => legs;

    public IEnumerable<(string Key, int Leg)> Queued => legs.Where(l => l.Value.Status == Contracts.Status.Queued).Select(l => l.Key);

    /// <summary>What a runner has; those that called a workflow are left out.</summary>
    public IEnumerable<(string Key, int Leg)> InProgress => legs.Where(l => l.Value.Status == Contracts.Status.InProgress && !l.Value.IsCall).Select(l => l.Key);

    public IEnumerable<string> Keys => stored.Keys;

    /// <summary>How many nodes the last event loaded.</summary>
    public int LoadedByLastEvent { get; private set; }

    public NodeState Node(string key) => NodeStateJson.Read(key, stored[key].State, stored[key].Outputs);

    public string Status(string key, int leg = 0) => legs.TryGetValue((key, leg), out var found) ? (found.Conclusion?.Name() ?? found.Status.Name()) : "none";

    public string? Reason(string key, int leg = 0) => legs[(key, leg)].Reason;

    public void Start(string key, int leg = 0) => legs[(key, leg)].Start();

    /// <summary>A leg ends, whether or not it was started before.</summary>
    public void End(string key, Conclusion conclusion = Contracts.Conclusion.Success, int leg = 0, params (string Name, string Value)[] outputs)
    {
        var ended = legs[(key, leg)];
        if (ended.Status == Contracts.Status.Queued)
        {
            ended.Start();
        }

        if (ended.Status == Contracts.Status.InProgress)
        {
            ended.End(conclusion);
        }

        Happen(new RunEvent.LegEnded(key, leg, conclusion, outputs.ToDictionary(o => o.Name, o => o.Value)));
    }

    public void Cancel(string reason = "alice cancelled the run.") => Happen(new RunEvent.CancelRequested(reason));

    public void Happen(RunEvent happened)
    {
        var turn = new RunTurn(plan, run);
        turn.Add(happened);
        LoadedByLastEvent = 0;
        while (!turn.IsDone)
        {
            if (turn.WantsRunning)
            {
                turn.SupplyRunning(Load(stored.Keys.Where(k => Node(k).Phase == NodePhase.Running)));
            }

            turn.Supply(Load(turn.Missing));
            foreach (var call in turn.MissingCalls)
            {
                turn.Supply(call, CallFacts.Of(legs[(call.Key, call.Index)].Spec!));
            }

            foreach (var effect in turn.Step(turn.WantsContexts ? contexts : null))
            {
                Apply(effect, turn);
            }
        }

        // The state reaches its stored form only at the end, as a transaction's commit does.
        run = turn.Run;
        foreach (var node in turn.Changed)
        {
            stored[node.Key] = (NodeStateJson.Write(node), NodeStateJson.WriteOutputs(node.Outputs));
        }

        Check();
    }

    private void Show(IEnumerable<NodePlan> nodes)
    {
        foreach (var node in nodes)
        {
            Assert.True(legs.TryAdd((node.Key, 0), new Leg(null) { Status = Contracts.Status.Pending }), "A job comes into being once.");
        }
    }

    private IEnumerable<NodeState> Load(IEnumerable<string> keys) => keys.Select(key =>
    {
        LoadedByLastEvent++;
        return Node(key);
    }).ToList();

    private void Apply(RunEffect effect, RunTurn turn)
    {
        switch (effect)
        {
            case RunEffect.CreateLegs create:
                foreach (var spec in create.Legs)
                {
                    var leg = legs.TryGetValue((create.Key, spec.Index), out var pending) && pending.Spec is null ? pending with { Spec = spec } : new Leg(spec);
                    Assert.True(spec.Index == 0 || !legs.ContainsKey((create.Key, spec.Index)), "A leg is made once.");
                    legs[(create.Key, spec.Index)] = leg;
                    leg.Reached(spec.Queued && !leg.IsCall ? Contracts.Status.Queued : Contracts.Status.Pending);
                }

                break;
            case RunEffect.BeginCall begin:
                legs[(begin.Call.Key, begin.Call.Index)].Reached(Contracts.Status.InProgress);
                Show(begin.Nodes);
                break;
            case RunEffect.EndCall end:
                legs[(end.Call.Key, end.Call.Index)].EndCall(end);
                break;
            case RunEffect.QueueLegs queue:
                queue.Legs.ToList().ForEach(l => legs[(queue.Key, l)].Queue());
                break;
            case RunEffect.EndLegs end:
                end.Legs.ToList().ForEach(l => legs[(end.Key, l)].EndUnstarted(end.Conclusion, end.Reason));
                break;
            case RunEffect.CancelLegs cancel:
                foreach (var index in cancel.Legs)
                {
                    var leg = legs[(cancel.Key, index)];
                    if (leg.Status == Contracts.Status.Queued)
                    {
                        leg.EndUnstarted(Contracts.Conclusion.Cancelled, cancel.Reason);
                        turn.Add(new RunEvent.LegEnded(cancel.Key, index, Contracts.Conclusion.Cancelled));
                    }
                    else
                    {
                        leg.CancelRequested = true;
                    }
                }

                break;
            case RunEffect.EndRun end:
                ends.Add(end.Conclusion);
                break;
        }
    }

    private void Check()
    {
        var nodes = stored.Keys.Select(Node).ToDictionary(n => n.Key);
        var own = plan.Nodes.Select(n => nodes[n.Key]).ToList();
        Assert.Equal(own.Count(n => n.Phase != NodePhase.Settled), run.OpenNodes);
        Assert.Equal(own.Count(n => n.Result == Contracts.Conclusion.Success), run.SucceededNodes);
        Assert.Equal(own.Count(n => n.Result == Contracts.Conclusion.Failure), run.FailedNodes);
        Assert.Equal(own.Count(n => n.Result == Contracts.Conclusion.Cancelled), run.CancelledNodes);
        Assert.Equal(run.OpenNodes == 0, run.Conclusion is not null);
        Assert.Equal(run.Conclusion is null ? [] : [run.Conclusion.Value], ends);
        foreach (var key in stored.Keys)
        {
            CheckNode(plan[key], nodes);
            CheckCalls(plan[key], nodes);
        }
    }

    /// <summary>A call has begun exactly when its jobs exist, and goes on exactly as long as one of them has no result.</summary>
    private void CheckCalls(NodePlan node, Dictionary<string, NodeState> nodes)
    {
        for (var index = 0; index < nodes[node.Key].Calls.Count; index++)
        {
            var leg = legs[(node.Key, index)];
            var called = plan.Called(new CallLeg(node.Key, index)).Where(n => nodes.ContainsKey(n.Key)).Select(n => nodes[n.Key]).ToList();
            Assert.Equal(leg.HasCalled ? node.Called!.Nodes.Count : 0, called.Count);
            Assert.Equal(leg.Status == Contracts.Status.InProgress, called.Exists(n => n.Phase != NodePhase.Settled));
            if (leg.HasCalled)
            {
                Assert.Equal(called.Count(n => n.Phase != NodePhase.Settled), nodes[node.Key].Calls[index].Open);
            }
        }
    }

    private void CheckNode(NodePlan node, Dictionary<string, NodeState> nodes)
    {
        var state = nodes[node.Key];
        var mine = legs.Where(l => l.Key.Key == node.Key).Select(l => l.Value).ToList();
        Assert.Equal(node.Needs.Count(n => nodes[n].Phase != NodePhase.Settled), state.OpenNeeds);
        switch (state.Phase)
        {
            case NodePhase.Waiting:
                Assert.True(state.OpenNeeds > 0, "A node whose needs have results does not wait.");
                Assert.All(mine, l => Assert.Equal(Contracts.Status.Pending, l.Status));
                break;
            case NodePhase.Running:
                Assert.Equal(0, state.OpenNeeds);
                Assert.Equal(state.Legs, mine.Count);
                Assert.Contains(mine, l => l.Status != Contracts.Status.Completed);
                Assert.Equal(mine.Count(l => l.Status == Contracts.Status.Completed), state.Ended.Count);
                Assert.InRange(mine.Count(l => l.Status is Contracts.Status.Queued or Contracts.Status.InProgress), 1, state.MaxParallel);
                break;
            case NodePhase.Settled:
                Assert.All(mine, l => Assert.Equal(Contracts.Status.Completed, l.Status));
                break;
        }
    }
}

/// <summary>A job's row.</summary>
internal sealed record Leg(LegSpec? Spec)
{
    public Status Status { get; set; } = Status.Pending;

    public Conclusion? Conclusion { get; private set; }

    public string? Reason { get; private set; }

    public bool CancelRequested { get; set; }

    public int Starts { get; private set; }

    public bool IsCall => Spec?.Inputs is not null;

    public bool HasCalled { get; private set; }

    public IReadOnlyDictionary<string, string> Outputs { get; private set; } = new Dictionary<string, string>();

    public void EndCall(RunEffect.EndCall end)
    {
        End(end.Conclusion);
        Reason = end.Reason;
        Outputs = end.Outputs;
    }

    public void Reached(Status status)
    {
        if (status != Status)
        {
            Assert.True(Transitions.Job.Allows(Status, status), $"A job does not go from {Status} to {status}.");
            Status = status;
            HasCalled |= IsCall && status == Contracts.Status.InProgress;
        }
    }

    public void Queue() => Reached(Status.Queued);

    public void Start()
    {
        Assert.Equal(0, Starts);
        Reached(Status.InProgress);
        Starts++;
    }

    /// <summary>Its runner was lost before the first step.</summary>
    public void Requeue()
    {
        Reached(Status.Queued);
        Starts = 0;
    }

    public void End(Conclusion conclusion)
    {
        Reached(Status.Completed);
        Conclusion = conclusion;
    }

    public void EndUnstarted(Conclusion conclusion, string reason)
    {
        Assert.Equal(0, Starts);
        End(conclusion);
        Reason = reason;
    }
}
