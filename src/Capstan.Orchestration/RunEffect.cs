using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>What a decision asks its driver to do: rows for the server, calls for <c>capstan run</c>.</summary>
public abstract record RunEffect
{
    private RunEffect()
    {
    }

    /// <summary>
    /// The matrix of a node is known: its legs exist from now on, queued or held back. Leg 0 takes the place of the pending job shown so far. Legs that call a
    /// workflow go to no queue: <see cref="BeginCall"/> follows.
    /// </summary>
    public sealed record CreateLegs(string Key, IReadOnlyList<LegSpec> Legs) : RunEffect;

    /// <summary>Held legs may go to the queue now.</summary>
    public sealed record QueueLegs(string Key, IReadOnlyList<int> Legs) : RunEffect;

    /// <summary>Legs end without ever being queued: skipped, cancelled, or failed before their first step.</summary>
    public sealed record EndLegs(string Key, IReadOnlyList<int> Legs, Conclusion Conclusion, string Reason) : RunEffect;

    /// <summary>
    /// Legs given to the queue are to end. The driver ends those that nobody runs yet and answers with <see cref="RunEvent.LegEnded"/>; it tells the runners of
    /// the others, whose ends come later.
    /// </summary>
    public sealed record CancelLegs(string Key, IReadOnlyList<int> Legs, string Reason) : RunEffect;

    /// <summary>A leg calls its workflow now: the jobs of that exist from now on, all pending.</summary>
    /// <param name="Facts">Of the leg.</param>
    public sealed record BeginCall(CallLeg Call, CallFacts Facts, IReadOnlyList<NodePlan> Nodes) : RunEffect;

    /// <summary>A leg that called a workflow has ended with it.</summary>
    /// <param name="Reason">For people, when the results of the called jobs do not say it.</param>
    public sealed record EndCall(CallLeg Call, Conclusion Conclusion, IReadOnlyDictionary<string, string> Outputs, string? Reason) : RunEffect;

    /// <summary>All nodes have results.</summary>
    public sealed record EndRun(Conclusion Conclusion) : RunEffect;
}

/// <summary>One combination of a job's matrix, or the job itself when it has none.</summary>
/// <param name="Index">From 0, in the order of the matrix.</param>
/// <param name="Name">The shown name.</param>
/// <param name="Matrix">Null without a matrix.</param>
/// <param name="Strategy">The strategy context.</param>
/// <param name="Labels">What <c>runs-on</c> gave: lower case, sorted, without doubles.</param>
/// <param name="MayFail"><c>continue-on-error</c>.</param>
/// <param name="Queued">False: held back by <c>max-parallel</c>.</param>
public sealed record LegSpec(int Index, string Name, ObjectValue? Matrix, ObjectValue Strategy, IReadOnlyList<string> Labels, bool MayFail, bool Queued)
{
    /// <summary>The environment's name as the job gives it; null: it has none.</summary>
    public string? Environment { get; init; }

    /// <summary>build, test or deploy.</summary>
    public string JobType { get; init; } = "build";

    /// <summary>Of a leg that calls a workflow: what it gives to it. Null for a job with steps.</summary>
    public ObjectValue? Inputs { get; init; }
}
