using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Types;

/// <summary>
/// The <c>secrets</c> context. Only a workflow that is nothing but called, and says which secrets it takes, has a known set.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_callsecrets
/// </summary>
internal static class SecretTypes
{
    /// <summary>There in every run, or set by whoever debugs.</summary>
    private static readonly string[] Always = ["GITHUB_TOKEN", "ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG"];

    public static ObjectType Of(WorkflowDocument document)
    {
        if (document.Events is not [{ Name.Text: "workflow_call" } call] || call.Content.Find("secrets") is not { } secrets)
            return ObjectType.MapOf(ExpressionType.String);
        var names = secrets.Value.Entries().Select(secret => secret.Name).Concat(Always);
        return new ObjectType(ObjectType.Index(names.Select(name => (name, ExpressionType.String))));
    }
}
