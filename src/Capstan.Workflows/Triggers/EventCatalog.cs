namespace Capstan.Workflows.Triggers;

/// <summary>The filters that an event may have beside <c>types</c>, each with its <c>-ignore</c> form.</summary>
[Flags]
public enum EventFilters
{
    None = 0,
    Branches = 1,
    Tags = 2,
    Paths = 4,
}

/// <summary>An event that can be named under <c>on</c>.</summary>
/// <param name="Types">All its activity types; empty when it has none.</param>
/// <param name="DefaultTypes">Those that fire a workflow which names no types; null when the event has none, or any the sender makes up.</param>
public sealed record EventDefinition(string Name, IReadOnlyList<string> Types, IReadOnlyList<string>? DefaultTypes, EventFilters Filters);

/// <summary>
/// All events with their activity types and filters. Without <c>types</c> all types fire a workflow, but for pull requests. An event's part of GitHub's page
/// has its name:
/// <c>#check_run</c>. Events and types that the page leaves out are in its schema.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
/// and https://github.com/actions/languageservices/blob/main/workflow-parser/src/workflow-v1.0.json
/// </summary>
public static class EventCatalog
{
    private static readonly string[] PullRequestDefaults = ["opened", "synchronize", "reopened"];

    private static readonly EventDefinition[] Events =
    [
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
            "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled locked unlocked "
            + "milestoned demilestoned typed untyped field_added field_removed"),
        Event("label", "created edited deleted"),
        Event("merge_group", "checks_requested", EventFilters.Branches),
        Event("milestone", "created closed opened edited deleted"),
        Event("page_build"),
        Event("project", "created closed reopened edited deleted"),
        Event("project_card", "created moved converted edited deleted"),
        Event("project_column", "created updated moved deleted"),
        Event("public"),
        PullRequest("pull_request"),
        Event("pull_request_comment", "created edited deleted"),
        Event("pull_request_review", "submitted edited dismissed"),
        Event("pull_request_review_comment", "created edited deleted"),
        PullRequest("pull_request_target"),
        Event("push", "", EventFilters.Branches | EventFilters.Tags | EventFilters.Paths),
        Event("registry_package", "published updated"),
        Event("release", "published unpublished created edited deleted prereleased released"),
        Event("repository_dispatch"),
        Event("schedule"),
        Event("status"),
        Event("watch", "started"),
        Event("workflow_call"),
        Event("workflow_dispatch"),
        Event("workflow_run", "requested in_progress completed", EventFilters.Branches),
    ];

    private static readonly Dictionary<string, EventDefinition> ByName = Index();

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyCollection<EventDefinition> All => Events;

    /// <returns>Null for a name that is no event.</returns>
    public static EventDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    private static EventDefinition Event(string name, string types = "", EventFilters filters = EventFilters.None)
    {
        var list = types.Length == 0 ? [] : TextParts.Of(types, ' ');
        return new EventDefinition(name, list, list.Length == 0 ? null : list, filters);
    }

    private static Dictionary<string, EventDefinition> Index()
    {
        var index = new Dictionary<string, EventDefinition>(Events.Length, StringComparer.Ordinal);
        foreach (var definition in Events)
        {
            index.Add(definition.Name, definition);
        }

        return index;
    }

    private static EventDefinition PullRequest(string name)
    {
        const string Types = "assigned unassigned labeled unlabeled milestoned demilestoned opened edited closed reopened synchronize "
            + "converted_to_draft ready_for_review locked unlocked enqueued dequeued review_requested review_request_removed "
            + "auto_merge_enabled auto_merge_disabled stacked";
        return new EventDefinition(name, TextParts.Of(Types, ' '), PullRequestDefaults, EventFilters.Branches | EventFilters.Paths);
    }
}
