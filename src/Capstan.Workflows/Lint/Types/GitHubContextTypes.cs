using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The contexts that are the same in every workflow.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
internal static class GitHubContextTypes
{
    public static ObjectType Runner { get; } = new(Texts("name os arch temp tool_cache workspace debug environment"));

    public static ObjectType Strategy { get; } = ObjectType.Of(
        ("fail-fast", ExpressionType.Boolean),
        ("job-index", ExpressionType.Number),
        ("job-total", ExpressionType.Number),
        ("max-parallel", ExpressionType.Number));

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
        var properties = ObjectType.Index(GitHubContext.Properties.Select(name => (name, ExpressionType.String)));
        properties[GitHubContext.Event] = eventType;
        properties["ref_protected"] = ExpressionType.Boolean;
        properties["retention_days"] = ExpressionType.Number;
        return new ObjectType(properties);
    }

    private static Dictionary<string, ExpressionType> Texts(string names) => ObjectType.Index(names.Split(' ').Select(name => (name, ExpressionType.String)));
}
