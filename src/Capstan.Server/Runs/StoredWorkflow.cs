using System.Text.Json;
using System.Text.Json.Nodes;
using Capstan.Contracts.V1;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;

namespace Capstan.Server.Runs;

/// <summary>What a workflow version's row keeps beside its text: triggers and diagnostics as JSON, for lists and pages.</summary>
internal static class StoredWorkflow
{
    public static string Triggers(WorkflowDefinition? definition)
    {
        var triggers = new JsonArray();
        foreach (var trigger in definition?.Triggers ?? [])
        {
            var one = new JsonObject { ["event"] = trigger.Event };
            Add(one, "types", trigger.Types);
            Add(one, "branches", trigger.Branches);
            Add(one, "branches_ignore", trigger.BranchesIgnore);
            Add(one, "tags", trigger.Tags);
            Add(one, "tags_ignore", trigger.TagsIgnore);
            Add(one, "paths", trigger.Paths);
            Add(one, "paths_ignore", trigger.PathsIgnore);
            Add(one, "inputs", trigger.Inputs.Count == 0 ? null : [.. trigger.Inputs.Select(i => i.Name)]);
            triggers.Add(one);
        }

        return triggers.ToJsonString();
    }

    public static string Diagnostics(IReadOnlyList<Diagnostic> diagnostics)
    {
        var all = new JsonArray();
        foreach (var diagnostic in diagnostics)
        {
            all.Add(new JsonObject
            {
                ["file"] = diagnostic.File,
                ["line"] = diagnostic.Place.Line,
                ["col"] = diagnostic.Place.Column,
                ["severity"] = diagnostic.Severity == Severity.Error ? "error" : "warning",
                ["code"] = diagnostic.Code,
                ["message"] = diagnostic.Message,
            });
        }

        return all.ToJsonString();
    }

    public static IReadOnlyList<DiagnosticResponse> ReadDiagnostics(string json)
    {
        using var document = JsonDocument.Parse(json);
        return
        [
            .. document.RootElement.EnumerateArray().Select(d => new DiagnosticResponse(
                d.GetProperty("file").GetString()!,
                d.GetProperty("line").GetInt32(),
                d.GetProperty("col").GetInt32(),
                d.GetProperty("severity").GetString()!,
                d.GetProperty("code").GetString()!,
                d.GetProperty("message").GetString()!)),
        ];
    }

    private static void Add(JsonObject trigger, string name, IReadOnlyList<string>? values)
    {
        if (values is not null)
        {
            trigger[name] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        }
    }
}
