using System.Globalization;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>
/// Builds the contexts of a run's expressions and of its job messages. One builder for the server and for <c>capstan run</c>: a difference would be a bug.
/// Values are made once, on first use; safe to share between threads.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
public sealed class RunContexts(RunFacts facts)
{
    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";
    private const string Pull = "refs/pull/";

    /// <summary>A payload may be as deep as a value may be, and stands inside the github context of the message.</summary>
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = ValueJson.MaxDepth + 4 };

    private readonly Lazy<ObjectValue> github = new(() => Github(facts));
    // A run has one github context but for the name of the job, and up to thousands of job messages.
    private readonly Lazy<string> githubJson = new(() => ValueJson.ToElement(Github(facts)).GetRawText());
    private readonly Lazy<string> varsJson = new(() => ValueJson.ToElement(Texts(facts.Vars)).GetRawText());
    private readonly Lazy<string> inputsJson = new(() => facts.Inputs.ValueKind == JsonValueKind.Object ? ValueJson.ToElement(ValueJson.Read(facts.Inputs)).GetRawText() : "{}");
    private readonly Lazy<ObjectValue> vars = new(() => Texts(facts.Vars));
    private readonly Lazy<Value> inputs = new(() => facts.Inputs.ValueKind == JsonValueKind.Object ? ValueJson.Read(facts.Inputs) : ObjectValue.Empty);

    /// <summary>What a job's <c>if</c> and <c>strategy</c> can see.</summary>
    public IReadOnlyDictionary<string, Value> ForJob(IEnumerable<NodeState> needs) => new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase)
    {
        ["github"] = github.Value,
        ["needs"] = Needs(needs),
        ["vars"] = vars.Value,
        ["inputs"] = inputs.Value,
    };

    /// <summary>What a job's <c>name</c>, <c>runs-on</c> and the like can see in one combination of its matrix.</summary>
    public static IReadOnlyDictionary<string, Value> WithLeg(IReadOnlyDictionary<string, Value> known, Value matrix, Value strategy) =>
        new Dictionary<string, Value>(known, StringComparer.OrdinalIgnoreCase) { ["matrix"] = matrix, ["strategy"] = strategy };

    /// <summary>The contexts of a job message: an object with github, needs, strategy, matrix, vars and inputs.</summary>
    /// <param name="key">The job's key in the file: <c>github.job</c>.</param>
    public JsonElement ForMessage(string key, IEnumerable<NodeState> needs, ObjectValue? matrix, ObjectValue strategy)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("github");
            json.WriteRawValue(WithJob(githubJson.Value, key));
            Write(json, "needs", Needs(needs));
            Write(json, "strategy", strategy);
            Write(json, "matrix", (Value?)matrix ?? Value.Null);
            json.WritePropertyName("vars");
            json.WriteRawValue(varsJson.Value);
            json.WritePropertyName("inputs");
            json.WriteRawValue(inputsJson.Value);
            json.WriteEndObject();
        }

        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), Deep);
        return document.RootElement.Clone();
    }

    /// <summary>Puts the job's key behind the other properties, of which there always are some.</summary>
    private static string WithJob(string github, string key) => $"{github.AsSpan(0, github.Length - 1)},\"job\":\"{JsonEncodedText.Encode(key)}\"}}";

    private static void Write(Utf8JsonWriter json, string name, Value value)
    {
        json.WritePropertyName(name);
        ValueJson.Write(json, value);
    }

    private static ObjectValue Needs(IEnumerable<NodeState> needs) => new(needs.Select(need => KeyValuePair.Create<string, Value>(
        need.Key,
        new ObjectValue(
        [
            KeyValuePair.Create("result", Value.Of((need.Result ?? Conclusion.Skipped).Name())),
            KeyValuePair.Create<string, Value>("outputs", Texts(need.Outputs)),
        ]))));

    private static ObjectValue Github(RunFacts facts)
    {
        var owner = facts.Repository.Split('/')[0];
        var texts = new (string Name, string Value)[]
        {
            ("ref", facts.Ref),
            ("sha", facts.Sha),
            ("repository", facts.Repository),
            ("repository_owner", owner),
            ("repository_owner_id", Number(facts.RepositoryOwnerId)),
            ("repositoryUrl", $"{facts.ServerUrl}/{facts.Repository}.git"),
            ("run_id", Number(facts.RunId)),
            ("run_number", Number(facts.RunNumber)),
            ("retention_days", "90"),
            ("run_attempt", Number(facts.RunAttempt)),
            ("repository_id", Number(facts.RepositoryId)),
            ("actor_id", Number(facts.ActorId)),
            ("actor", facts.Actor),
            ("triggering_actor", facts.TriggeringActor ?? facts.Actor),
            ("workflow", facts.WorkflowName),
            ("head_ref", facts.HeadRef),
            ("base_ref", facts.BaseRef),
            ("event_name", facts.EventName),
            ("server_url", facts.ServerUrl),
            ("api_url", facts.ApiUrl),
            ("graphql_url", facts.ApiUrl.Length == 0 ? "" : facts.ApiUrl + "/graphql"),
            ("ref_name", RefName(facts.Ref)),
            ("ref_type", facts.Ref.StartsWith(Tags, StringComparison.Ordinal) ? "tag" : "branch"),
            ("secret_source", "Actions"),
            ("workflow_ref", $"{facts.Repository}/{facts.WorkflowPath}@{facts.Ref}"),
            ("workflow_sha", facts.WorkflowSha),
        };
        return new ObjectValue(
        [
            .. texts.Select(t => KeyValuePair.Create(t.Name, Value.Of(t.Value))),
            KeyValuePair.Create("ref_protected", Value.Of(facts.RefProtected)),
            KeyValuePair.Create("event", ValueJson.Read(facts.Event)),
            .. facts.GithubOverrides.Select(o => KeyValuePair.Create(o.Key, Value.Of(o.Value))),
        ]);
    }

    /// <summary>The short name: the branch, the tag, or <c>7/merge</c> of a pull request.</summary>
    private static string RefName(string name)
    {
        foreach (var prefix in (ReadOnlySpan<string>)[Heads, Tags, Pull])
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name[prefix.Length..];
            }
        }

        return name;
    }

    private static ObjectValue Texts(IReadOnlyDictionary<string, string> texts) => new(texts.Select(t => KeyValuePair.Create(t.Key, Value.Of(t.Value))));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
