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
/// <param name="Filters">Every filter of the workflow that was asked, in order, up to the one that refused.</param>
public sealed record TriggerDecisionResponse(string Workflow, bool Fired, string Why, long? RunId, long? RunNumber, IReadOnlyList<TriggerFilterResponse> Filters);

/// <summary>What one filter did with the event.</summary>
/// <param name="Filter">types, branches, tags, paths, or one of these with -ignore.</param>
/// <param name="Outcome">passed, refused, or not_checked (the event does not tell what the filter asks for).</param>
/// <param name="Value">What was looked at: activity type, branch, tag or changed path.</param>
/// <param name="Pattern">The pattern that decided; not given when none fits.</param>
/// <param name="Patterns">All of the filter's.</param>
/// <param name="ChangedPaths">How many paths the event changes; given for path filters.</param>
public sealed record TriggerFilterResponse(string Filter, string Outcome, string? Value, string? Pattern, IReadOnlyList<string> Patterns, int? ChangedPaths);
