using System.Text.Json;

namespace Capstan.Conformance.EndToEnd;

/// <summary>A workflow to run and what must come of it; the fields are described in the corpus's README.</summary>
internal sealed class EndToEndCase(JsonElement json)
{
    public string Id { get; } = json.GetProperty("id").GetString()!;

    /// <summary>Relative to the corpus.</summary>
    public string Repository { get; } = json.GetProperty("repo").GetString()!;

    public string Class { get; } = json.GetProperty("class").GetString()!;

    /// <summary>When not empty: only these jobs can run on a host.</summary>
    public IReadOnlyList<string> HostJobs { get; } = Texts(json, "host_jobs");

    public IReadOnlyList<string> Tools { get; } = Texts(json, "tools");

    /// <summary>Remote actions that the corpus has no stand-in for, as <c>uses</c> names them.</summary>
    public IReadOnlyList<string> NoStandIn { get; } = Texts(json, "no_stand_in");

    public string Result { get; } = json.GetProperty("expect").GetProperty("result").GetString()!;

    /// <summary>Job id to result, as <c>needs</c> would show it.</summary>
    public IReadOnlyDictionary<string, string> Jobs { get; } = Pairs(json.GetProperty("expect"), "jobs").ToDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Job id to the number of jobs it becomes.</summary>
    public IReadOnlyDictionary<string, string> Matrix { get; } = Pairs(json.GetProperty("expect"), "matrix").ToDictionary(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<string> LogHas { get; } = Texts(json.GetProperty("expect"), "log_has");

    public IReadOnlyList<string> LogLacks { get; } = Texts(json.GetProperty("expect"), "log_lacks");

    /// <summary>The command line of <c>capstan run</c>, in the case's repository.</summary>
    public IReadOnlyList<string> Arguments(string actionsFolder, string artifactsFolder)
    {
        var arguments = new List<string> { "run" };
        arguments.AddRange(Texts(json, "workflow"));
        arguments.AddRange(["--json", "--actions-dir", actionsFolder, "--artifacts-dir", artifactsFolder, "--event", json.GetProperty("event").GetString()!]);
        if (json.TryGetProperty("payload", out var payload))
        {
            arguments.AddRange(["--payload", payload.GetString()!]);
        }

        Add(arguments, "--input", "inputs");
        Add(arguments, "--secret", "secrets");
        Add(arguments, "--var", "vars");
        Add(arguments, "--env", "env");
        Add(arguments, "--github", "github");
        Add(arguments, "--platform", "runs_on");
        foreach (var environment in Objects(json, "environment_secrets"))
        {
            foreach (var secret in environment.Value.EnumerateObject())
            {
                arguments.AddRange(["--environment-secret", $"{environment.Name}:{secret.Name}={secret.Value}"]);
            }
        }

        foreach (var filter in Objects(json, "matrix_filter"))
        {
            foreach (var value in filter.Value.EnumerateArray())
            {
                arguments.AddRange(["--matrix", $"{filter.Name}:{value}"]);
            }
        }

        foreach (var job in HostJobs.Count > 0 ? HostJobs : Texts(json, "jobs_filter"))
        {
            arguments.AddRange(["--job", job]);
        }

        return arguments;
    }

    private void Add(List<string> arguments, string option, string field)
    {
        foreach (var (name, value) in Pairs(json, field))
        {
            arguments.AddRange([option, $"{name}={value}"]);
        }
    }

    private static IReadOnlyList<string> Texts(JsonElement json, string field)
    {
        if (!json.TryGetProperty(field, out var value))
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.ToString())] : [value.ToString()];
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs(JsonElement json, string field) =>
        Objects(json, field).Select(property => new KeyValuePair<string, string>(property.Name, property.Value.ToString()));

    private static IEnumerable<JsonProperty> Objects(JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];
}
