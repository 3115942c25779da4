namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The contexts that are the same in every workflow.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
internal static class GitHubContextTypes
{
    private const string GitHubTexts =
        "action action_path action_ref action_repository action_status actor actor_id api_url artifact_cache_size_limit base_ref env event_name "
        + "event_path graphql_url head_ref job job_workflow_sha output path ref ref_name ref_type repository repository_id repository_owner "
        + "repository_owner_id repository_visibility repositoryUrl run_attempt run_id run_number secret_source server_url sha state step_summary token "
        + "triggering_actor workflow workflow_ref workflow_sha workspace";

    public static ObjectType Runner { get; } = new(Texts("name os arch temp tool_cache workspace debug environment"));

    public static ObjectType Strategy { get; } = ObjectType.Of(
        ("fail-fast", ExpressionType.Boolean), ("job-index", ExpressionType.Number), ("job-total", ExpressionType.Number), ("max-parallel", ExpressionType.Number));

    /// <remarks>A port is looked up by its number, which names a property nowhere else.</remarks>
    public static ObjectType Job { get; } = ObjectType.Of(
        ("status", ExpressionType.String),
        ("check_run_id", ExpressionType.Number),
        ("container", new ObjectType(Texts("id network"))),
        ("services", ObjectType.MapOf(ObjectType.Of(("id", ExpressionType.String), ("network", ExpressionType.String), ("ports", ExpressionType.Any)))),
        ("workflow_ref", ExpressionType.String),
        ("workflow_sha", ExpressionType.String),
        ("workflow_repository", ExpressionType.String),
        ("workflow_file_path", ExpressionType.String));

    /// <summary>What earlier jobs of a called workflow, and needed jobs, say about themselves.</summary>
    public static ObjectType JobResult(ExpressionType outputs) => ObjectType.Of(("outputs", outputs), ("result", ExpressionType.String));

    /// <param name="eventType">The event's payload.</param>
    public static ObjectType GitHub(ObjectType eventType)
    {
        var properties = Texts(GitHubTexts);
        properties["event"] = eventType;
        properties["ref_protected"] = ExpressionType.Boolean;
        properties["retention_days"] = ExpressionType.Number;
        return new ObjectType(properties);
    }

    private static Dictionary<string, ExpressionType> Texts(string names) => ObjectType.Index(names.Split(' ').Select(name => (name, ExpressionType.String)));
}
