using System.Globalization;
using Capstan.Contracts;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>
/// Jobs that call a workflow. Their legs are no jobs of a runner: when one may go, the nodes of the called workflow come into being under it, and it ends when
/// they all have results. docs/adr/008-called-workflows.md says why in this way.
/// </summary>
internal readonly partial struct RunMachine
{
    private static readonly string TooManyCalled = string.Create(
        CultureInfo.InvariantCulture, $"The called workflows of a run may have {RunState.MaxCalledJobs} jobs together, and this would be more.");

    /// <summary>False above the limit; nothing is counted then.</summary>
    private bool CountCalled(int more)
    {
        if (turn.Run.CalledJobs + more > RunState.MaxCalledJobs)
        {
            return false;
        }

        turn.Change(turn.Run with { CalledJobs = turn.Run.CalledJobs + more });
        return true;
    }

    private void CreateCalls(string key, IReadOnlyList<LegSpec> legs)
    {
        foreach (var leg in legs)
        {
            if (leg.Inputs is null)
            {
                continue;
            }

            var call = new CallLeg(key, leg.Index);
            turn.Supply(call, CallFacts.Of(leg));
            if (leg.Queued)
            {
                turn.Follow(new RunEvent.CallBegun(call));
            }
        }
    }

    private void BeginCall(CallLeg call)
    {
        var caller = turn.Node(call.Key);
        if (caller.Stopping)
        {
            // In the same turn in which it was allowed to go: nothing of it exists yet.
            EndUnbegun(caller, call.Index, Conclusion.Cancelled, turn.Run.CancelReason ?? caller.StopReason ?? FailFastReason(caller));
            return;
        }

        var nodes = plan.Called(call);
        if (!CountCalled(nodes.Count))
        {
            EndUnbegun(caller, call.Index, Conclusion.Failure, TooManyCalled);
            return;
        }

        turn.Effect(new RunEffect.BeginCall(call, turn.Call(call), nodes));
        foreach (var node in nodes)
        {
            turn.Change(node.Begin());
            if (node.Needs.Count == 0)
            {
                turn.Follow(new RunEvent.NodeReady(node.Key));
            }
        }
    }

    private void EndUnbegun(NodeState caller, int leg, Conclusion conclusion, string reason)
    {
        turn.Effect(new RunEffect.EndLegs(caller.Key, [leg], conclusion, reason));
        EndLeg(caller, leg, conclusion);
    }

    private void CalledSettled(RunEvent.CalledSettled settled)
    {
        var caller = turn.Node(settled.Call.Key);
        CallState[] calls = [.. caller.Calls];
        var state = calls[settled.Call.Index] = calls[settled.Call.Index].With(settled.Result);
        turn.Change(caller with { Calls = calls });
        if (state.Open == 0)
        {
            turn.Follow(new RunEvent.CallEnded(settled.Call));
        }
    }

    /// <summary>
    /// Of legs that set the same output the last successful one wins, and an empty value never does.
    /// Source: https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#using-outputs-from-a-reusable-workflow
    /// </summary>
    private void EndCall(CallLeg call)
    {
        var here = turn;
        var caller = turn.Node(call.Key);
        var jobs = plan.Called(call).Select(node => here.Node(node.Key));
        var outputs = CallOutputs.Evaluate(plan[call.Key].Called!.Workflow, Contexts.ForOutputs(jobs, turn.Call(call)));
        var result = outputs.Problem is null ? caller.Calls[call.Index].Result : Conclusion.Failure;
        turn.Effect(new RunEffect.EndCall(call, result, outputs.Values, outputs.Problem));
        var merged = result == Conclusion.Success ? Merge(caller.Outputs, outputs.Values) : Merge(outputs.Values, caller.Outputs);
        EndLeg(caller with { Outputs = merged }, call.Index, result);
    }

    /// <summary>To the called jobs it is as if the run was cancelled: those that are to run nevertheless still do.</summary>
    private void StopCall(RunEvent.CallStopped stopped)
    {
        var here = turn;
        var begun = plan.Called(stopped.Call).Where(node => here.Knows(node.Key)).Select(node => here.Node(node.Key));
        foreach (var node in begun.Where(node => node.Phase != NodePhase.Settled))
        {
            var told = node with { StopReason = node.StopReason ?? stopped.Reason };
            turn.Change(told);
            Stop(told);
        }
    }
}
