namespace Capstan.Workflows.Expressions;

/// <summary>
/// The properties of the <c>github</c> context by name: those of GitHub's page, and a few that its runner sets and the page leaves out (<c>output</c>,
/// <c>state</c>, <c>step_summary</c>).
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
/// </summary>
public static class GitHubContext
{
    /// <summary>The webhook's payload, the only one that is an object.</summary>
    public const string Event = "event";

    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<string> Properties { get; } =
    [
        "action", "action_path", "action_ref", "action_repository", "action_status", "actor", "actor_id", "api_url", "artifact_cache_size_limit",
        "artifacts", "artifacts_list", "base_ref", "env", Event, "event_name", "event_path", "graphql_url", "head_ref", "job", "job_workflow_sha",
        "output", "path", "ref", "ref_name", "ref_protected", "ref_type", "repository", "repository_id", "repository_owner", "repository_owner_id",
        "repository_visibility", "repositoryUrl", "retention_days", "run_attempt", "run_id", "run_number", "secret_source", "server_url", "sha",
        "state", "step_summary", "token", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
    ];
}
