namespace Capstan.Workflows.Triggers;

/// <summary>What happened, as far as it decides which workflows run.</summary>
public sealed record TriggerInput
{
    /// <summary>GitHub's name: <c>push</c>, <c>pull_request</c>, …</summary>
    public required string Event { get; init; }

    /// <summary>The full name: <c>refs/heads/main</c>, <c>refs/tags/v1</c>. A short name counts as a branch. Null where the event has none.</summary>
    public string? Ref { get; init; }

    /// <summary>
    /// The activity type (<c>opened</c>, <c>labeled</c>); for <c>repository_dispatch</c> the sender's own. Null when not known: then it excludes nothing.
    /// </summary>
    public string? Action { get; init; }

    /// <summary>The branch that a pull request or merge group goes into, short or full.</summary>
    public string? BaseRef { get; init; }

    /// <summary>The name of the workflow whose run a <c>workflow_run</c> is about. Null when not known: then it excludes nothing.</summary>
    public string? Workflow { get; init; }

    /// <summary>The name of the image of an <c>image_version</c>; null as above.</summary>
    public string? ImageName { get; init; }

    /// <summary>The version of the image, for example <c>1.2.0</c>; null as above.</summary>
    public string? ImageVersion { get; init; }

    /// <summary>
    /// Paths changed, relative to the repository's root; asked for only when a filter needs them. Null, or the value null, when they cannot be told: then path
    /// filters let pass.
    /// </summary>
    public Lazy<IReadOnlyList<string>?>? ChangedPaths { get; init; }
}

/// <summary>Whether a workflow runs for an event.</summary>
/// <param name="Why">One sentence for people: the filter and the pattern that decided, without a full stop.</param>
public sealed record TriggerDecision(bool Fires, string Why)
{
    /// <summary>The trace: every filter that was asked, in order, up to the one that refused. Empty when the event is not named, or has no filters.</summary>
    public IReadOnlyList<FilterTrace> Filters { get; init; } = [];

    /// <summary>The filter that kept the workflow from running; null when it fires, or when no filter was to blame.</summary>
    public FilterTrace? Refusal => Filters is [.., { Outcome: FilterOutcome.Refused } last] ? last : null;
}
