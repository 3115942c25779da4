using Capstan.Contracts;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>Something that happened to a run. Every one may arrive twice or late: then it changes nothing.</summary>
public abstract record RunEvent
{
    private RunEvent()
    {
    }

    /// <summary>The run was created.</summary>
    public sealed record Started : RunEvent;

    /// <summary>A leg of a job ended, whoever said so: its runner, a lost lease, a cancellation in the queue.</summary>
    public sealed record LegEnded(string Key, int Leg, Conclusion Conclusion, IReadOnlyDictionary<string, string> Outputs) : RunEvent
    {
        public LegEnded(string key, int leg, Conclusion conclusion)
            : this(key, leg, conclusion, NodeState.NoOutputs)
        {
        }
    }

    /// <summary>Somebody asks for the end of the run.</summary>
    /// <param name="Reason">For people: who, or why.</param>
    public sealed record CancelRequested(string Reason) : RunEvent;

    /// <summary>Made by the machine: all needs of a node have results.</summary>
    public sealed record NodeReady(string Key) : RunEvent;

    /// <summary>Made by the machine: the run is to end, and this node has legs that have not.</summary>
    public sealed record NodeStopped(string Key) : RunEvent;

    /// <summary>Made by the machine: a node has its result.</summary>
    public sealed record NodeSettled(string Key) : RunEvent;

    /// <summary>Made by the machine: a leg that calls a workflow may go.</summary>
    public sealed record CallBegun(CallLeg Call) : RunEvent;

    /// <summary>Made by the machine: a job of a called workflow has its result.</summary>
    public sealed record CalledSettled(CallLeg Call, Conclusion Result) : RunEvent;

    /// <summary>Made by the machine: all jobs of a called workflow have results.</summary>
    public sealed record CallEnded(CallLeg Call) : RunEvent;

    /// <summary>Made by the machine: what of a called workflow has not ended is to end.</summary>
    public sealed record CallStopped(CallLeg Call, string Reason) : RunEvent;
}
