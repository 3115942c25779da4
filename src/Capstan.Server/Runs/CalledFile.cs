using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Capstan.Workflows.Definitions;

namespace Capstan.Server.Runs;

/// <summary>A file that a workflow version calls, as it was found when the version was made.</summary>
public sealed record CalledFile(WorkflowReference Reference, LoadedWorkflow Loaded);

/// <summary>The stored form of what a workflow version calls.</summary>
internal static class CalledFiles
{
    public static string Write(IReadOnlyList<CalledFile> files) => new JsonArray([.. files.Select(Write)]).ToJsonString();

    /// <summary>Tells versions apart that differ only in what they call.</summary>
    /// <returns>Empty for none.</returns>
    public static string DigestOf(IReadOnlyList<CalledFile> files) =>
        files.Count == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(files))));

    /// <summary>A way to load what was stored; null when nothing was.</summary>
    public static Func<WorkflowReference, LoadedWorkflow>? Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var files = document.RootElement.EnumerateArray().ToDictionary(
            file => new WorkflowReference(Text(file, "repository"), Text(file, "path")!, Text(file, "ref")),
            file => (LoadedWorkflow)(Text(file, "yaml") is { } yaml
                ? new LoadedWorkflow.Found(yaml, Text(file, "commit"), Text(file, "full_ref"))
                : new LoadedWorkflow.Missing(Text(file, "why"))));
        return files.Count == 0 ? null : reference => files.GetValueOrDefault(reference) ?? new LoadedWorkflow.Missing();
    }

    private static JsonNode Write(CalledFile file)
    {
        var json = new JsonObject { ["repository"] = file.Reference.Repository, ["path"] = file.Reference.Path, ["ref"] = file.Reference.Ref };
        switch (file.Loaded)
        {
            case LoadedWorkflow.Found found:
                (json["yaml"], json["commit"], json["full_ref"]) = (found.Yaml, found.Commit, found.FullRef);
                break;
            case LoadedWorkflow.Missing missing:
                json["why"] = missing.Why;
                break;
        }

        return json;
    }

    private static string? Text(JsonElement file, string name) => file.TryGetProperty(name, out var text) ? text.GetString() : null;
}
