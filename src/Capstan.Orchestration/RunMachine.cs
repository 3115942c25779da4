using Capstan.Contracts;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>The decisions: one method an event. Works on the nodes its turn was given.</summary>
internal readonly partial struct RunMachine(RunTurn turn, RunPlan plan, RunContexts? contexts)
{
    private readonly RunContexts? contexts = contexts;

    private RunContexts Contexts =>
        contexts ?? throw new InvalidOperationException("The turn asked for the run's contexts and its driver did not supply them.");

    public void Handle(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.Started: Start(); break;
            case RunEvent.NodeReady ready: Ready(ready); break;
            case RunEvent.LegEnded ended: LegEnded(ended); break;
            case RunEvent.NodeSettled settled: Settled(settled); break;
            case RunEvent.CancelRequested cancel: Cancel(cancel); break;
            case RunEvent.NodeStopped stopped: Stop(turn.Node(stopped.Key)); break;
            case RunEvent.CallBegun begun: BeginCall(begun.Call); break;
            case RunEvent.CalledSettled settled: CalledSettled(settled); break;
            case RunEvent.CallEnded ended: EndCall(ended.Call); break;
            case RunEvent.CallStopped stopped: StopCall(stopped); break;
            default: throw new ArgumentOutOfRangeException(nameof(happened), happened, message: null);
        }
    }

    private void Start()
    {
        foreach (var node in plan.Nodes)
        {
            if (node.Needs.Count == 0)
            {
                turn.Follow(new RunEvent.NodeReady(node.Key));
            }
        }
    }

    private void Ready(RunEvent.NodeReady ready)
    {
        var node = turn.Node(ready.Key);
        if (node.Phase != NodePhase.Waiting || node.OpenNeeds > 0)
        {
            return;
        }

        var planner = Planner(node);
        if (planner.WhyNot() is { } no)
        {
            EndBeforeStart(node, no.Conclusion, no.Why);
            return;
        }

        switch (planner.Expand())
        {
            case JobExpansion.Refused refused:
                EndBeforeStart(node, Conclusion.Failure, refused.Reason);
                break;
            case JobExpansion.Legs expanded:
                CreateLegs(node, expanded);
                break;
        }
    }

    private void CreateLegs(NodeState node, JobExpansion.Legs expanded)
    {
        if (plan[node.Key].Caller is not null && !CountCalled(expanded.Specs.Count - 1))
        {
            EndBeforeStart(node, Conclusion.Failure, TooManyCalled);
            return;
        }

        var mayFail = default(LegSet);
        var queued = 0;
        foreach (var leg in expanded.Specs)
        {
            mayFail = leg.MayFail ? mayFail.With(leg.Index) : mayFail;
            queued += leg.Queued ? 1 : 0;
        }

        turn.Change(node with
        {
            Phase = NodePhase.Running,
            Legs = expanded.Specs.Count,
            NextLeg = queued,
            MaxParallel = expanded.MaxParallel,
            FailFast = expanded.FailFast,
            MayFail = mayFail,
            Calls = plan[node.Key].Called is { } called ? [.. expanded.Specs.Select(_ => new CallState(called.Nodes.Count))] : [],
        });
        turn.Effect(new RunEffect.CreateLegs(node.Key, expanded.Specs));
        CreateCalls(node.Key, expanded.Specs);
    }

    /// <summary>A job that never gets a runner is shown as one leg, whatever its matrix would have been.</summary>
    private void EndBeforeStart(NodeState node, Conclusion conclusion, string reason)
    {
        turn.Effect(new RunEffect.EndLegs(node.Key, [0], conclusion, reason));
        Settle(node with { Legs = 1, NextLeg = 1, Ended = default(LegSet).With(0) }, conclusion);
    }

    private void LegEnded(RunEvent.LegEnded ended)
    {
        var node = turn.Node(ended.Key);
        if (node.Phase != NodePhase.Running || ended.Leg < 0 || ended.Leg >= node.NextLeg || node.Ended.Contains(ended.Leg) || node.Calls.Count > 0)
        {
            return;
        }

        EndLeg(node with { Outputs = Merge(node.Outputs, ended.Outputs) }, ended.Leg, Result(ended.Conclusion));
    }

    private void EndLeg(NodeState node, int leg, Conclusion result)
    {
        var counts = result == Conclusion.Failure && !node.MayFail.Contains(leg);
        node = node with
        {
            Ended = node.Ended.With(leg),
            LegSucceeded = node.LegSucceeded || result == Conclusion.Success || (result == Conclusion.Failure && !counts),
            LegFailed = node.LegFailed || counts,
            LegCancelled = node.LegCancelled || result == Conclusion.Cancelled,
        };

        if (counts && node.FailFast && !node.Stopping && node.OpenLegs > 0)
        {
            node = EndLegs(node, FailFastReason(node));
        }
        else if (!node.Stopping && node.NextLeg < node.Legs)
        {
            Give(node, node.NextLeg);
            node = node with { NextLeg = node.NextLeg + 1 };
        }

        if (node.OpenLegs == 0)
        {
            Settle(node, NodeResult(node));
        }
        else
        {
            turn.Change(node);
        }
    }

    private void Give(NodeState node, int leg)
    {
        if (plan[node.Key].Called is null)
        {
            turn.Effect(new RunEffect.QueueLegs(node.Key, [leg]));
        }
        else
        {
            turn.Follow(new RunEvent.CallBegun(new CallLeg(node.Key, leg)));
        }
    }

    /// <summary>
    /// Ends the legs that have not ended: those held back at once, those given to the queue through the driver, those that call through the jobs they called.
    /// </summary>
    private NodeState EndLegs(NodeState node, string reason)
    {
        var here = turn;
        var held = Enumerable.Range(node.NextLeg, node.Legs - node.NextLeg).ToList();
        var given = Enumerable.Range(0, node.NextLeg).Where(leg => !node.Ended.Contains(leg)).ToList();
        if (held.Count > 0)
        {
            turn.Effect(new RunEffect.EndLegs(node.Key, held, Conclusion.Cancelled, reason));
        }

        if (node.Calls.Count > 0)
        {
            given.ForEach(leg => here.Follow(new RunEvent.CallStopped(new CallLeg(node.Key, leg), reason)));
        }
        else if (given.Count > 0)
        {
            turn.Effect(new RunEffect.CancelLegs(node.Key, given, reason));
        }

        return node with
        {
            Stopping = true,
            NextLeg = node.Legs,
            Ended = held.Aggregate(node.Ended, (ended, leg) => ended.With(leg)),
            LegCancelled = node.LegCancelled || held.Count > 0,
        };
    }

    private void Settle(NodeState node, Conclusion result)
    {
        turn.Change(node with { Phase = NodePhase.Settled, Result = result });
        if (plan[node.Key].Dependants.Count > 0)
        {
            turn.Follow(new RunEvent.NodeSettled(node.Key));
        }

        if (plan[node.Key].Caller is { } call)
        {
            turn.Follow(new RunEvent.CalledSettled(call, result));
        }
        else
        {
            SettleInRun(result);
        }
    }

    private void SettleInRun(Conclusion result)
    {
        var run = turn.Run with
        {
            OpenNodes = turn.Run.OpenNodes - 1,
            SucceededNodes = turn.Run.SucceededNodes + (result == Conclusion.Success ? 1 : 0),
            FailedNodes = turn.Run.FailedNodes + (result == Conclusion.Failure ? 1 : 0),
            CancelledNodes = turn.Run.CancelledNodes + (result == Conclusion.Cancelled ? 1 : 0),
        };
        turn.Change(run);
        if (run.OpenNodes == 0)
        {
            var conclusion = RunConclusion(run);
            turn.Change(run with { Conclusion = conclusion });
            turn.Effect(new RunEffect.EndRun(conclusion));
        }
    }

    private void Settled(RunEvent.NodeSettled settled)
    {
        var node = turn.Node(settled.Key);
        foreach (var key in plan[node.Key].Dependants)
        {
            var dependant = turn.Node(key);
            dependant = dependant with
            {
                OpenNeeds = dependant.OpenNeeds - 1,
                AncestorsSucceeded = dependant.AncestorsSucceeded && node.AncestorsSucceeded && node.Result == Conclusion.Success,
                AncestorFailed = dependant.AncestorFailed || node.AncestorFailed || node.Result == Conclusion.Failure,
            };
            turn.Change(dependant);
            if (dependant.OpenNeeds == 0)
            {
                turn.Follow(new RunEvent.NodeReady(key));
            }
        }
    }

    private void Cancel(RunEvent.CancelRequested cancel)
    {
        if (turn.Run.CancelRequested || turn.Run.Conclusion is not null)
        {
            return;
        }

        turn.Change(turn.Run with { CancelReason = cancel.Reason });
        foreach (var node in turn.Known.Where(n => n.Phase == NodePhase.Running))
        {
            turn.Follow(new RunEvent.NodeStopped(node.Key));
        }
    }

    /// <summary>
    /// A running job is asked its <c>if</c> once more: one that is to run after a cancellation too goes on.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
    /// </summary>
    private void Stop(NodeState node)
    {
        if (node.Phase == NodePhase.Running && !node.Stopping && Planner(node).WhyNot() is not null)
        {
            node = EndLegs(node, (turn.Run.CancelReason ?? node.StopReason)!);
            turn.Change(node);
            if (node.OpenLegs == 0)
            {
                Settle(node, NodeResult(node));
            }
        }
    }

    private JobPlanner Planner(NodeState node)
    {
        var needs = new List<NodeState>(plan[node.Key].Needs.Count);
        foreach (var key in plan[node.Key].Needs)
        {
            needs.Add(turn.Node(key));
        }

        return new JobPlanner(
            plan[node.Key],
            node,
            turn.Run,
            Contexts,
            needs,
            plan[node.Key].Caller is { } call ? turn.Call(call) : null);
    }

    private static string FailFastReason(NodeState node) => $"The job '{node.Key}' has another matrix leg that failed, and fail-fast is on.";

    /// <summary>A job that may fail ends as success for those that need it, and so for its run.</summary>
    private static Conclusion NodeResult(NodeState node) => node switch
    {
        { LegFailed: true } => Conclusion.Failure,
        { LegCancelled: true } => Conclusion.Cancelled,
        { LegSucceeded: true } => Conclusion.Success,
        _ => Conclusion.Skipped,
    };

    /// <summary>A run that somebody cancelled is cancelled, even if a job had failed before; one that all its jobs survived is not.</summary>
    private static Conclusion RunConclusion(RunState run) => run switch
    {
        { CancelRequested: true, CancelledNodes: > 0 } => Conclusion.Cancelled,
        { FailedNodes: > 0 } => Conclusion.Failure,
        { CancelledNodes: > 0 } => Conclusion.Cancelled,
        { SucceededNodes: > 0 } => Conclusion.Success,
        _ => Conclusion.Skipped,
    };

    private static Conclusion Result(Conclusion leg) => leg switch
    {
        Conclusion.Success or Conclusion.Neutral => Conclusion.Success,
        Conclusion.Cancelled or Conclusion.Skipped => leg,
        _ => Conclusion.Failure,
    };

    private static IReadOnlyDictionary<string, string> Merge(IReadOnlyDictionary<string, string> earlier, IReadOnlyDictionary<string, string> later)
    {
        if (later.Count == 0)
        {
            return earlier;
        }

        var merged = new Dictionary<string, string>(earlier, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in later)
        {
            if (value.Length > 0 || !merged.ContainsKey(name))
            {
                merged[name] = value;
            }
        }

        return merged;
    }
}
