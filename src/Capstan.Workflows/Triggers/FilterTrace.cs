namespace Capstan.Workflows.Triggers;

/// <summary>What a filter did with an event.</summary>
public enum FilterOutcome
{
    /// <summary>The event goes on to the next filter.</summary>
    Passed,

    /// <summary>The workflow does not run.</summary>
    Refused,

    /// <summary>The event does not tell what the filter asks for, so the filter lets it pass.</summary>
    NotChecked,
}

/// <summary>One filter of a trigger, and what it did with an event: a line of the trace behind a <see cref="TriggerDecision"/>.</summary>
/// <param name="Filter">Its key: <c>types</c>, <c>branches</c>, <c>tags</c>, <c>paths</c>, or one of these with <c>-ignore</c>.</param>
public sealed record FilterTrace(string Filter, FilterOutcome Outcome)
{
    /// <summary>
    /// What the filter looked at: the activity type, the short name of the branch or tag, or a changed path; of several paths the one that decided, else the
    /// first. Null when the event has none.
    /// </summary>
    public string? Value { get; init; }

    /// <summary>The pattern that decided about <see cref="Value"/>, with its <c>!</c>; null when no pattern fits it.</summary>
    public string? Pattern { get; init; }

    /// <summary>All of the filter's patterns, as written; for <c>types</c> the types.</summary>
    public IReadOnlyList<string> Patterns { get; init; } = [];

    /// <summary>How many paths the event changes; null for other filters.</summary>
    public int? ChangedPaths { get; init; }
}
