using System.Text.Json;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Jobs;

/// <summary>Definitions from the JSON of <see cref="JobContentWriter"/>.</summary>
internal static class JobContentReader
{
    public static JobContent Read(JsonElement content)
    {
        var format = content.GetProperty("format").GetInt32();
        if (format != JobContent.Format)
            throw new JsonException($"The job's content has format {format}; this program reads {JobContent.Format}.");
        return new JobContent
        {
            File = Text(content, "file") ?? "",
            WorkflowName = Text(content, "workflow") ?? "",
            WorkflowEnv = Token(content, "env"),
            WorkflowDefaults = Token(content, "defaults"),
            Job = ReadJob(content.GetProperty("job")),
        };
    }

    private static JobDefinition ReadJob(JsonElement job) => new()
    {
        Id = job.GetProperty("id").GetString()!,
        Place = ReadPlace(job, "place"),
        Name = Token(job, "name"),
        Needs = Texts(job, "needs") ?? [],
        NeedsPlaces = ReadPlaces(job.GetProperty("needs-places")),
        If = job.GetProperty("if").GetString()!,
        IfPlace = ReadPlace(job, "if-place"),
        Strategy = Token(job, "strategy") is { } strategy ? StrategyDefinition.Of(strategy) : null,
        RunsOn = Token(job, "runs-on"),
        Permissions = Token(job, "permissions"),
        Environment = Token(job, "environment"),
        Concurrency = Token(job, "concurrency"),
        Outputs = Token(job, "outputs"),
        Env = Token(job, "env"),
        Defaults = Token(job, "defaults"),
        ContinueOnError = Token(job, "continue-on-error"),
        TimeoutMinutes = Token(job, "timeout-minutes"),
        CancelTimeoutMinutes = Token(job, "cancel-timeout-minutes"),
        Container = Token(job, "container"),
        Services = Token(job, "services"),
        Snapshot = Token(job, "snapshot"),
        Uses = Text(job, "uses"),
        UsesPlace = ReadPlace(job, "uses-place"),
        With = Token(job, "with"),
        Secrets = Token(job, "secrets"),
        Steps = ReadSteps(job.GetProperty("steps")),
        NotYetExecuted = ReadNotYetExecuted(job.GetProperty("not-yet-executed")),
    };

    private static IReadOnlyList<StepDefinition> ReadSteps(JsonElement steps) => [.. steps.EnumerateArray().Select(ReadStep)];

    private static StepDefinition ReadStep(JsonElement step) => new()
    {
        Id = step.GetProperty("id").GetString()!,
        Place = ReadPlace(step, "place"),
        Name = Token(step, "name"),
        If = step.GetProperty("if").GetString()!,
        IfPlace = ReadPlace(step, "if-place"),
        Run = Token(step, "run"),
        Uses = Text(step, "uses"),
        UsesPlace = ReadPlace(step, "uses-place"),
        With = Token(step, "with"),
        Env = Token(step, "env"),
        Shell = Token(step, "shell"),
        WorkingDirectory = Token(step, "working-directory"),
        ContinueOnError = Token(step, "continue-on-error"),
        TimeoutMinutes = Token(step, "timeout-minutes"),
        Background = step.TryGetProperty("background", out _),
        WaitAll = step.TryGetProperty("wait-all", out _),
        Cancel = Text(step, "cancel"),
        Wait = Texts(step, "wait"),
        Parallel = step.TryGetProperty("parallel", out var members) ? ReadSteps(members) : null,
    };

    private static List<Place> ReadPlaces(JsonElement places)
    {
        var read = new List<Place>(places.GetArrayLength());
        foreach (var place in places.EnumerateArray())
        {
            read.Add(PlaceOf(place));
        }

        return read;
    }

    private static List<KeyAtPlace> ReadNotYetExecuted(JsonElement keys)
    {
        var read = new List<KeyAtPlace>(keys.GetArrayLength());
        foreach (var key in keys.EnumerateArray())
        {
            read.Add(new KeyAtPlace(Text(key, "key") ?? "", ReadPlace(key, "place")));
        }

        return read;
    }

    private static TemplateToken? Token(JsonElement parent, string name) => parent.TryGetProperty(name, out var token) ? TokenJson.Read(token) : null;

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static IReadOnlyList<string>? Texts(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var texts) ? [.. texts.EnumerateArray().Select(text => text.GetString()!)] : null;

    private static Place ReadPlace(JsonElement parent, string name) => parent.TryGetProperty(name, out var place) ? PlaceOf(place) : default;

    private static Place PlaceOf(JsonElement place) => new(place[0].GetInt32(), place[1].GetInt32());
}
