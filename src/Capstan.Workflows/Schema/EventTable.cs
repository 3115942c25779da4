namespace Capstan.Workflows.Schema;

/// <summary>The keys beside <c>types</c> that an event may have.</summary>
[Flags]
internal enum EventFilters
{
    None = 0,
    Branches = 1,
    Tags = 2,
    Paths = 4,
}

/// <summary>
/// Every event a workflow can name, with its activity types (empty: it has none) and filters. The three with a shape of their own are in <see cref="EventSchema"/>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
/// </summary>
internal static class EventTable
{
    private const string PullRequestTypes =
        "assigned unassigned labeled unlabeled milestoned demilestoned opened edited closed reopened synchronize converted_to_draft ready_for_review locked unlocked "
        + "enqueued dequeued review_requested review_request_removed auto_merge_enabled auto_merge_disabled stacked";

    private const string DiscussionTypes =
        "created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed answered unanswered";

    private const string IssueTypes =
        "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled locked unlocked milestoned demilestoned "
        + "typed untyped field_added field_removed";

    public static IReadOnlyList<(string Name, string Types, EventFilters Filters)> All { get; } =
    [
        ("branch_protection_rule", "created edited deleted", EventFilters.None),
        ("check_run", "created rerequested completed requested_action", EventFilters.None),
        ("check_suite", "completed", EventFilters.None),
        ("create", "", EventFilters.None),
        ("delete", "", EventFilters.None),
        ("deployment", "", EventFilters.None),
        ("deployment_status", "", EventFilters.None),
        ("discussion", DiscussionTypes, EventFilters.None),
        ("discussion_comment", "created edited deleted", EventFilters.None),
        ("fork", "", EventFilters.None),
        ("gollum", "", EventFilters.None),
        ("issue_comment", "created edited deleted", EventFilters.None),
        ("issues", IssueTypes, EventFilters.None),
        ("label", "created edited deleted", EventFilters.None),
        ("merge_group", "checks_requested", EventFilters.Branches),
        ("milestone", "created closed opened edited deleted", EventFilters.None),
        ("page_build", "", EventFilters.None),
        ("project", "created closed reopened edited deleted", EventFilters.None),
        ("project_card", "created moved converted edited deleted", EventFilters.None),
        ("project_column", "created updated moved deleted", EventFilters.None),
        ("public", "", EventFilters.None),
        ("pull_request", PullRequestTypes, EventFilters.Branches | EventFilters.Paths),
        ("pull_request_comment", "created edited deleted", EventFilters.None),
        ("pull_request_review", "submitted edited dismissed", EventFilters.None),
        ("pull_request_review_comment", "created edited deleted", EventFilters.None),
        ("pull_request_target", PullRequestTypes, EventFilters.Branches | EventFilters.Paths),
        ("push", "", EventFilters.Branches | EventFilters.Tags | EventFilters.Paths),
        ("registry_package", "published updated", EventFilters.None),
        ("release", "published unpublished created edited deleted prereleased released", EventFilters.None),
        ("status", "", EventFilters.None),
        ("watch", "started", EventFilters.None),
    ];
}
