using System.Runtime.InteropServices;
using System.Text;
using Capstan.Runner.Steps;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;

namespace Capstan.Runner.Jobs;

/// <summary>
/// The contexts of a job that do not change between steps, and the default variables made from them. Immutable.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
internal sealed class JobContexts
{
    /// <summary>The properties of <c>github</c> that steps see as GITHUB_… (those of the step itself are added per step).</summary>
    private static readonly string[] Exported =
    [
        "actor", "actor_id", "api_url", "base_ref", "event_name", "event_path", "graphql_url", "head_ref", "job", "ref", "ref_name", "ref_protected",
        "ref_type", "repository", "repository_id", "repository_owner", "repository_owner_id", "retention_days", "run_attempt", "run_id", "run_number",
        "server_url", "sha", "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
    ];

    private readonly Dictionary<string, Value> given = new(StringComparer.OrdinalIgnoreCase);

    public JobContexts(JobOrder order, JobRunnerSettings settings)
    {
        EventFile = Path.Combine(settings.Temp, "_github_workflow", "event.json");
        foreach (var (name, value) in order.Contexts.Properties) given[name] = value;
        given["secrets"] = ObjectValue.OfTexts(order.Secrets);
        Debug = IsOn(order.Secrets.GetValueOrDefault("ACTIONS_STEP_DEBUG")) || IsOn(TextOf("vars", "ACTIONS_STEP_DEBUG"));
        Github = GithubOf(order, settings);
        given["github"] = Github;
        given["runner"] = RunnerOf(settings);
        Variables = VariablesOf(settings);
    }

    /// <summary>Whether debug lines are logged.</summary>
    public bool Debug { get; }

    public ObjectValue Github { get; }

    /// <summary>Where <c>github.event</c> is written for steps to read.</summary>
    public string EventFile { get; }

    /// <summary>GITHUB_… and RUNNER_…; neither <c>env</c> nor steps change them.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>What the <c>job</c> context says from the beginning: the workflow file that the job stands in.</summary>
    public IReadOnlyList<KeyValuePair<string, Value>> OfJob => Find("job") is ObjectValue given ? given.Properties : [];

    public Value Find(string name) => given.GetValueOrDefault(name, Value.Null);

    /// <summary>A property of a context as text, null when it is missing or null.</summary>
    public string? TextOf(string context, string property) =>
        Find(context) is ObjectValue value && value.Find(property) is { Kind: not ValueKind.Null } found ? ValueText.Of(found) : null;

    /// <summary>Writes <see cref="EventFile"/>, whose folder need not be there.</summary>
    public void WriteEvent()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(EventFile)!);
        JobFile.Write(EventFile, Encoding.UTF8.GetBytes(JsonText.Of(Github.Find("event") ?? ObjectValue.Empty)));
    }

    private static bool IsOn(string? text) => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);

    private ObjectValue GithubOf(JobOrder order, JobRunnerSettings settings)
    {
        var properties = new List<KeyValuePair<string, Value>>();
        var context = Find("github") as ObjectValue;
        if (context is not null) properties.AddRange(context.Properties);
        Fill("server_url", order.ServerUrl);
        Fill("api_url", order.ServerUrl.Length == 0 ? "" : order.ServerUrl + "/api/v3");
        Fill("graphql_url", order.ServerUrl.Length == 0 ? "" : order.ServerUrl + "/api/graphql");
        properties.Add(new("job", Value.Of(order.Key)));
        properties.Add(new("workspace", Value.Of(settings.Workspace)));
        properties.Add(new("event_path", Value.Of(EventFile)));
        properties.Add(new("token", Value.Of(order.Token)));
        return new ObjectValue(properties);

        void Fill(string name, string value)
        {
            if (value.Length > 0 && context?.Find(name) is null) properties.Add(new(name, Value.Of(value)));
        }
    }

    private ObjectValue RunnerOf(JobRunnerSettings settings)
    {
        var properties = new List<KeyValuePair<string, Value>>
        {
            new("name", Value.Of(settings.RunnerName)),
            new("os", Value.Of("Linux")),
            new("arch", Value.Of(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "ARM64" : "X64")),
            new("temp", Value.Of(settings.Temp)),
            new("tool_cache", Value.Of(settings.ToolCache)),
            new("workspace", Value.Of(Path.GetDirectoryName(settings.Workspace) ?? settings.Workspace)),
            new("environment", Value.Of("self-hosted")),
        };
        if (Debug) properties.Add(new("debug", Value.Of("1")));
        return new ObjectValue(properties);
    }

    private Dictionary<string, string> VariablesOf(JobRunnerSettings settings)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal) { ["GITHUB_ACTIONS"] = "true" };
        foreach (var name in Exported)
        {
            if (Github.Find(name) is { IsPrimitive: true } value) result["GITHUB_" + name.ToUpperInvariant()] = ValueText.Of(value);
        }

        foreach (var (name, value) in ((ObjectValue)given["runner"]).Properties) result["RUNNER_" + name.ToUpperInvariant()] = ValueText.Of(value);
        return result;
    }
}
