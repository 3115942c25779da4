namespace Capstan.Contracts.V1;

/// <summary>Something that happened to a repository, and what came of it: why each workflow fired or did not. Listed newest first.</summary>
/// <param name="State">pending (not looked at yet), processed, or set_aside (looking at it failed too often; <paramref name="Error"/> says how).</param>
/// <param name="Why">Given when no workflow was looked at: the commit asked for it, the ref was deleted, and the like.</param>
/// <param name="Attempts">How often looking at it failed so far.</param>
public sealed record TriggerEventResponse(
    long Id,
    string Event,
    string Ref,
    string HeadSha,
    string Actor,
    string State,
    string? Why,
    string? Error,
    int Attempts,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ProcessedAt,
    IReadOnlyList<TriggerDecisionResponse> Decisions);

/// <param name="Workflow">The file, for example <c>.github/workflows/ci.yml</c>.</param>
/// <param name="Why">In words, with the filter that decided.</param>
/// <param name="RunId">The run that it became; given when it fired.</param>
public sealed record TriggerDecisionResponse(string Workflow, bool Fired, string Why, long? RunId, long? RunNumber);
