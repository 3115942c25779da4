using System.Text.Json;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Conformance;

/// <summary>Files with the published parser's verdict: the tests of the public JSON schema. Errors are compared by line and column.</summary>
public sealed class SchemaTestCorpus : ICorpus
{
    public string Name => "schema-tests";

    public IEnumerable<CaseResult> Run(string folder) => VerdictIndex.Run(folder, (@case, text) =>
    {
        var verdict = @case.GetProperty("official_parser");
        var expected = verdict.TryGetProperty("errors", out var errors)
            ? string.Join(" ", errors.EnumerateArray().Select(error => $"{error.GetProperty("line")}:{error.GetProperty("col")}"))
            : "";
        var found = VerdictIndex.Errors(WorkflowReader.Read(@case.GetProperty("file").GetString()!, text).Diagnostics);
        return expected == string.Join(" ", found.Select(error => error.Place)) ? null : $"expected errors at [{expected}], got [{string.Join("; ", found)}]";
    });
}

/// <summary>
/// Real workflow files. Where the published parser has errors it is older than the file, or the file is none: such a file must only not break anything.
/// </summary>
public sealed class RealWorkflowCorpus : ICorpus
{
    private static readonly (string Placeholder, string Text)[] Placeholders =
    [
        ("$default-branch", "main"),
        ("$protected-branches", "main"),
        ("$cron-daily", "30 5 * * *"),
        ("$cron-weekly", "30 5 * * 1"),
        ("$detected-codeql-languages", "c-cpp"),
        ("$codeql-languages-matrix", "include: [{language: c-cpp, build-mode: none}]"),
        ("$gitCommitSHA", "HEAD"),
    ];

    public string Name => "workflows-real";

    public IEnumerable<CaseResult> Run(string folder) => VerdictIndex.Run(folder, (@case, text) =>
    {
        if (@case.TryGetProperty("placeholders", out var placeholders) && placeholders.GetBoolean())
        {
            text = Placeholders.Aggregate(text, (filled, pair) => filled.Replace(pair.Placeholder, pair.Text, StringComparison.Ordinal));
        }

        var result = WorkflowReader.Read(@case.GetProperty("file").GetString()!, text);
        var verdict = @case.GetProperty("official_parser");
        if (!verdict.GetProperty("valid").GetBoolean())
        {
            return null;
        }

        return result.Definition is { } workflow
            ? DifferenceOf(verdict.GetProperty("summary"), workflow)
            : $"expected a valid file, got: {string.Join("; ", VerdictIndex.Errors(result.Diagnostics))}";
    });

    private static string? DifferenceOf(JsonElement summary, WorkflowDefinition workflow)
    {
        var events = string.Join(" ", summary.GetProperty("events").EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal));
        var foundEvents = string.Join(" ", workflow.Triggers.Select(trigger => trigger.Event).Order(StringComparer.Ordinal));
        var jobs = string.Join(" | ", summary.GetProperty("jobs").EnumerateArray().Select(Describe));
        var foundJobs = string.Join(" | ", workflow.Jobs.Select(Describe));
        return events == foundEvents && jobs == foundJobs ? null : $"expected {events}: {jobs}, got {foundEvents}: {foundJobs}";
    }

    private static string Describe(JsonElement job)
    {
        return string.Join(' ', Text("type"), Text("id"), Needs(), Text("steps"), Text("runsOn"), Text("uses"), Flag("strategy"), Flag("container"), Flag("services"));

        string Text(string name) => job.TryGetProperty(name, out var value) ? value.ToString() : "";
        string Flag(string name) => job.TryGetProperty(name, out var value) && value.GetBoolean() ? name : "";
        string Needs() => job.TryGetProperty("needs", out var needs) ? string.Join(',', needs.EnumerateArray()) : "";
    }

    private static string Describe(JobDefinition job)
    {
        return string.Join(
            ' ',
            job.Uses is null ? "job" : "reusableWorkflowJob",
            job.Id,
            string.Join(',', job.Needs),
            job.Uses is null ? job.Steps.Count.ToString() : "",
            (job.RunsOn as StringToken)?.Value ?? "",
            job.Uses ?? "",
            job.Strategy is null ? "" : "strategy",
            job.Container is null ? "" : "container",
            job.Services is null ? "" : "services");
    }
}

/// <summary>The official runner's own manifests, accepted or refused.</summary>
public sealed class ActionManifestCorpus : ICorpus
{
    public string Name => "action-manifests";

    public IEnumerable<CaseResult> Run(string folder) => VerdictIndex.Run(folder, (@case, text) =>
    {
        var result = ActionManifestReader.Read(@case.GetProperty("file").GetString()!, text);
        var accepted = @case.GetProperty("accepted").GetBoolean();
        return accepted == result.Definition is not null ? null : $"expected {(accepted ? "accepted" : "refused")}, got: {string.Join("; ", result.Diagnostics)}";
    });
}

/// <summary>An index with a list of files.</summary>
internal static class VerdictIndex
{
    /// <param name="differenceOf">Given a case and its file's text: what is different, null when nothing is.</param>
    public static IEnumerable<CaseResult> Run(string folder, Func<JsonElement, string, string?> differenceOf)
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        foreach (var @case in index.RootElement.GetProperty("files").EnumerateArray())
        {
            yield return RunCase(folder, @case, differenceOf);
        }
    }

    public static IReadOnlyList<Diagnostic> Errors(IEnumerable<Diagnostic> diagnostics) => [.. diagnostics.Where(found => found.Severity == Severity.Error)];

    private static CaseResult RunCase(string folder, JsonElement @case, Func<JsonElement, string, string?> differenceOf)
    {
        var id = @case.GetProperty("file").GetString()!;
        try
        {
            return CaseResult.Of(id, differenceOf(@case, File.ReadAllText(Path.Combine(folder, id))));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return CaseResult.Of(id, $"threw {exception}");
        }
    }
}
