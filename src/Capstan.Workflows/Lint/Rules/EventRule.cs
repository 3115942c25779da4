using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// What the keys of one event say together. Which keys and activity types an event has is the language's own table.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
/// </summary>
internal sealed class EventRule : ILintRule
{
    private static readonly string[] Filters = ["branches", "tags", "paths"];

    public void Check(LintContext context)
    {
        foreach (var known in context.Document.Events)
        {
            foreach (var filter in Filters)
                CheckPair(context, known, filter);
            if (known.Name.Text == "image_version")
                CheckLists(context, known);
            if (known.Name.Text == "workflow_run" && known.Content.Find("workflows") is null)
                context.Report(
                    LintChecks.WorkflowRunWithoutWorkflows,
                    known.Name,
                    "'workflow_run' lacks 'workflows': the names of the workflows after which this one runs");
        }
    }

    /// <remarks>The other filters may also be one text.</remarks>
    private static void CheckLists(LintContext context, EventNode known)
    {
        foreach (var key in (string[])["names", "versions"])
        {
            if (known.Content.Find(key)?.Value is YamlScalar { Text.Length: > 0 } text)
                context.Report(LintChecks.WrongNode, text.Place, $"'{key}' of 'image_version' is a list of patterns", Severity.Warning);
        }
    }

    private static void CheckPair(LintContext context, EventNode known, string filter)
    {
        if (known.Content.Find(filter) is not { } only || known.Content.Find(filter + "-ignore") is not { } ignore)
            return;
        var (first, second) = only.Key.Place.Line <= ignore.Key.Place.Line ? (only, ignore) : (ignore, only);
        context.Report(
            LintChecks.FilterPair,
            second.Key,
            $"'{second.Name}' and '{first.Name}' (line {first.Key.Place.Line}) cannot be used together for one event; exclude by '!' patterns in '{filter}'");
    }
}
