namespace Capstan.Workflows.Triggers;

/// <summary>An event that can be named under <c>on</c>.</summary>
/// <param name="Types">All its activity types; empty when it has none.</param>
/// <param name="DefaultTypes">Those that fire a workflow which names no types; null when the event has none, or any the sender makes up.</param>
public sealed record EventDefinition(string Name, IReadOnlyList<string> Types, IReadOnlyList<string>? DefaultTypes);

/// <summary>
/// All events with their activity types. Without <c>types</c> all of them fire a workflow, but for pull requests.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
/// </summary>
public static class EventCatalog
{
    private static readonly string[] PullRequestDefaults = ["opened", "synchronize", "reopened"];

    private static readonly Dictionary<string, EventDefinition> ByName = new EventDefinition[]
    {
        Event("branch_protection_rule", "created edited deleted"),
        Event("check_run", "created rerequested completed requested_action"),
        Event("check_suite", "completed"),
        Event("create"),
        Event("delete"),
        Event("deployment"),
        Event("deployment_status"),
        Event("discussion", "created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed answered unanswered"),
        Event("discussion_comment", "created edited deleted"),
        Event("fork"),
        Event("gollum"),
        Event("image_version", "created ready deleted"),
        Event("issue_comment", "created edited deleted"),
        Event(
            "issues",
            "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled locked unlocked milestoned demilestoned typed untyped field_added field_removed"),
        Event("label", "created edited deleted"),
        Event("merge_group", "checks_requested"),
        Event("milestone", "created closed opened edited deleted"),
        Event("page_build"),
        Event("project", "created closed reopened edited deleted"),
        Event("project_card", "created moved converted edited deleted"),
        Event("project_column", "created updated moved deleted"),
        Event("public"),
        PullRequest("pull_request", "enqueued dequeued milestoned demilestoned stacked"),
        Event("pull_request_comment", "created edited deleted"),
        Event("pull_request_review", "submitted edited dismissed"),
        Event("pull_request_review_comment", "created edited deleted"),
        PullRequest("pull_request_target", ""),
        Event("push"),
        Event("registry_package", "published updated"),
        Event("release", "published unpublished created edited deleted prereleased released"),
        Event("repository_dispatch"),
        Event("schedule"),
        Event("status"),
        Event("watch", "started"),
        Event("workflow_call"),
        Event("workflow_dispatch"),
        Event("workflow_run", "requested in_progress completed"),
    }.ToDictionary(definition => definition.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<EventDefinition> All => ByName.Values;

    /// <returns>Null for a name that is no event.</returns>
    public static EventDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    private static EventDefinition Event(string name, string types = "")
    {
        var list = Words(types);
        return new EventDefinition(name, list, list.Length == 0 ? null : list);
    }

    private static EventDefinition PullRequest(string name, string moreTypes)
    {
        const string Types = "assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft ready_for_review locked unlocked "
            + "review_requested review_request_removed auto_merge_enabled auto_merge_disabled";
        return new EventDefinition(name, Words($"{Types} {moreTypes}"), PullRequestDefaults);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
