using Capstan.Contracts;
using Capstan.Orchestration.Calls;

namespace Capstan.Orchestration;

/// <summary>
/// What the machine keeps of a whole attempt: counts, so that an event never has to look at all jobs. Immutable; the driver stores it and gives it back.
/// </summary>
public sealed record RunState
{
    /// <summary>Nodes of the run's own workflow without a result. The run completes when it falls to 0.</summary>
    public required int OpenNodes { get; init; }

    public int SucceededNodes { get; init; }
    public int FailedNodes { get; init; }
    public int CancelledNodes { get; init; }

    /// <summary>Jobs of called workflows that came into being so far, each leg for itself.</summary>
    public int CalledJobs { get; init; }

    /// <summary>At most so many: calls inside calls, each with a matrix, would multiply without end.</summary>
    public const int MaxCalledJobs = 10_000;

    /// <summary>Set once, when somebody asks for the end of the run; for people. Null: nobody has.</summary>
    public string? CancelReason { get; init; }

    /// <summary>Set when <see cref="OpenNodes"/> has fallen to 0.</summary>
    public Conclusion? Conclusion { get; init; }

    public bool CancelRequested => CancelReason is not null;
}

/// <summary>Where a node (a job of the file, before its matrix) is.</summary>
public enum NodePhase
{
    /// <summary>A job it needs has no result yet.</summary>
    Waiting,

    /// <summary>Its legs exist; at least one has not ended.</summary>
    Running,

    /// <summary>It has a result.</summary>
    Settled,
}

/// <summary>
/// What the machine keeps of one job of the file. Its matrix legs are counted, not listed: their rows belong to the driver. Immutable.
/// </summary>
public sealed record NodeState
{
    public required string Key { get; init; }

    /// <summary>The key in the file.</summary>
    public string Id => NodeKey.IdOf(Key);

    /// <summary>Needed jobs without a result.</summary>
    public required int OpenNeeds { get; init; }

    public NodePhase Phase { get; init; }

    /// <summary>All ancestors settled so far ended as success: what <c>success()</c> asks.</summary>
    public bool AncestorsSucceeded { get; init; } = true;

    /// <summary>An ancestor settled so far ended as failure: what <c>failure()</c> asks.</summary>
    public bool AncestorFailed { get; init; }

    /// <summary>How many legs the matrix has; 0 until it is expanded.</summary>
    public int Legs { get; init; }

    /// <summary>The first leg not given to the queue yet: legs go in the order of the matrix.</summary>
    public int NextLeg { get; init; }

    /// <summary>How many legs may be queued or running at once.</summary>
    public int MaxParallel { get; init; }

    public bool FailFast { get; init; }

    /// <summary>Legs that have ended: a second message about one of them changes nothing.</summary>
    public LegSet Ended { get; init; }

    /// <summary>Legs with <c>continue-on-error</c>: their failure does not count.</summary>
    public LegSet MayFail { get; init; }

    /// <summary>A leg ended as success, or failed where it may.</summary>
    public bool LegSucceeded { get; init; }

    public bool LegFailed { get; init; }
    public bool LegCancelled { get; init; }

    /// <summary>Fail-fast or a cancellation has ended what was still to come: no further leg is given to the queue.</summary>
    public bool Stopping { get; init; }

    /// <summary>Set when the call that the node stands under is to end; for people. To the node it is as if the run was cancelled.</summary>
    public string? StopReason { get; init; }

    /// <summary>Of a node that calls a workflow, once it is expanded: each leg's call. Empty for a job with steps.</summary>
    public IReadOnlyList<CallState> Calls { get; init; } = [];

    /// <summary>Success, failure, cancelled or skipped, once settled: <c>needs.&lt;key&gt;.result</c>.</summary>
    public Conclusion? Result { get; init; }

    /// <summary><c>needs.&lt;key&gt;.outputs</c>: of legs that set the same one, the last to end with a non-empty value wins.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = NoOutputs;

    public int OpenLegs => Legs - Ended.Count;

    internal static IReadOnlyDictionary<string, string> NoOutputs { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
