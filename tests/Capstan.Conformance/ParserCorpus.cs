using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;
using Capstan.Workflows.Yaml;

namespace Capstan.Conformance;

/// <summary>Workflow files, and the converted template or the errors that GitHub's own parsers give.</summary>
public sealed partial class ParserCorpus : ICorpus
{
    public string Name => "parser";

    public IEnumerable<CaseResult> Run(string folder)
    {
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        foreach (var @case in index.RootElement.GetProperty("cases").EnumerateArray())
        {
            var file = @case.GetProperty("file").GetString()!;
            if (@case.TryGetProperty("outdated", out var outdated) && outdated.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                yield return new CaseResult(file, CaseOutcome.Skipped);
                continue;
            }

            yield return RunCase(file, Path.Combine(folder, file), @case.GetProperty("options"));
        }
    }

    private static CaseResult RunCase(string id, string path, JsonElement options)
    {
        try
        {
            var sections = Separator().Split(File.ReadAllText(path));
            using var expected = JsonDocument.Parse(sections[^1]);
            var called = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var index = 2; index + 1 < sections.Length - 1; index += 2)
            {
                called[sections[index].Trim()] = sections[index + 1];
            }

            var result = WorkflowReader.Read($".github/workflows/{Path.GetFileName(path)}", sections[1], OptionsOf(options, called));
            return CaseResult.Of(id, Difference(expected.RootElement, result, options));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return CaseResult.Of(id, $"threw {exception}");
        }
    }

    private static WorkflowReadOptions OptionsOf(JsonElement options, Dictionary<string, string> called)
    {
        var limits = YamlLimits.Default;
        return new WorkflowReadOptions
        {
            Limits = limits with { MaxDepth = Number("max-depth") ?? limits.MaxDepth, MaxFileSize = Number("max-file-size") ?? limits.MaxFileSize },
            LoadWorkflow = reference => called.TryGetValue(reference.ToString(), out var yaml) ? new LoadedWorkflow.Found(yaml) : new LoadedWorkflow.Missing(),
            MaxResultSize = Number("max-result-size") ?? WorkflowReadOptions.Default.MaxResultSize,
            MaxJobs = Number("max-job-limit") ?? 0,
            MaxNesting = Number("max-nested-reusable-workflows-depth") ?? WorkflowReadOptions.DefaultMaxNesting,
            TokenPermissions = options.TryGetProperty("permissions-policy", out var policy) && policy.ValueEquals("LimitedRead") ? PermissionSet.LimitedRead : PermissionSet.Write,
        };

        int? Number(string name) => options.TryGetProperty(name, out var number) ? number.GetInt32() : null;
    }

    private static string? Difference(JsonElement expected, WorkflowReadResult result, JsonElement options)
    {
        if (expected.TryGetProperty("errors", out var errors))
        {
            var wanted = Join(errors.EnumerateArray().Select(error => PlaceIn(error.GetProperty("Message").GetString()!)));
            var found = Join(Errors(result).Select(error => error.Place));
            return wanted == found
                ? null
                : $"expected errors at {wanted} ({errors[0].GetProperty("Message").GetString()}), got {found}: {string.Join("; ", Errors(result))}";
        }

        if (result.Definition is null)
        {
            return $"expected a template, got: {string.Join("; ", Errors(result))}";
        }

        var withEvents = expected.TryGetProperty("events", out _);
        var actual = Template(result.Definition, new WorkflowTemplateOptions
        {
            IncludeSource = options.TryGetProperty("include-source", out var source) && source.GetBoolean(),
            IncludeEvents = withEvents,
        });

        // The parsers that convert triggers do not list the types of inputs; those that do are not the ones with events.
        return JsonDifference.Find(expected, actual, path => path is "/input-types" && withEvents);
    }

    private static JsonElement Template(WorkflowDefinition workflow, WorkflowTemplateOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            WorkflowTemplate.Write(writer, workflow, options);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static IEnumerable<Diagnostic> Errors(WorkflowReadResult result) => result.Diagnostics.Where(found => found.Severity == Severity.Error);

    private static string Join(IEnumerable<Place> places) => string.Join(" ", places.OrderBy(place => place.Line).ThenBy(place => place.Column));

    private static Place PlaceIn(string message)
    {
        var match = Located().Match(message);
        return match.Success ? new Place(Number("line"), Number("column")) : default;

        int Number(string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\r?\n---\r?\n", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Separator();

    [GeneratedRegex(@"\(Line: (?<line>[0-9]+), Col: (?<column>[0-9]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Located();
}
