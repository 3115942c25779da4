using Capstan.Contracts;

namespace Capstan.Runner.Jobs;

/// <summary>
/// What the steps before one have left for it and those after it, but for files: enough to begin a job there later. Holds values that steps masked, so it is to be kept as
/// secrets are. Not in it: problem matchers, what nested steps of composite actions do at the job's end, and processes.
/// </summary>
public sealed record JobCheckpoint
{
    /// <summary>The place in the file's list of the step that comes next, from 0; the length of the list at the end. A parallel group is one place.</summary>
    public required int Next { get; init; }

    /// <summary>The id of that step; null at the end.</summary>
    public string? NextId { get; init; }

    /// <summary>What steps set by <c>GITHUB_ENV</c>.</summary>
    public required IReadOnlyDictionary<string, string> Env { get; init; }

    /// <summary>What steps added by <c>GITHUB_PATH</c>, newest first.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>What steps masked by a command.</summary>
    public required IReadOnlyList<string> Masks { get; init; }

    /// <summary>The steps so far, in the order in which they ended.</summary>
    public required IReadOnlyList<EndedStep> Steps { get; init; }

    /// <summary>Ids of background steps that no step had waited for.</summary>
    public required IReadOnlyList<string> InBackground { get; init; }

    /// <summary>Whether a step has failed that may not.</summary>
    public required bool Failed { get; init; }
}

/// <param name="State">What its action saved for the job's end.</param>
/// <param name="WantsPost">Whether its action asked for a turn there.</param>
public sealed record EndedStep(
    string Id,
    Conclusion Outcome,
    Conclusion Conclusion,
    IReadOnlyDictionary<string, string> Outputs,
    IReadOnlyDictionary<string, string> State,
    bool WantsPost);
