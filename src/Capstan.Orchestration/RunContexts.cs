using System.Globalization;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Orchestration.Calls;
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
    /// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
    public IReadOnlyDictionary<string, Value> ForJob(IEnumerable<NodeState> needs, CallFacts? within = null) =>
        new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase)
    {
        ["github"] = github.Value,
        ["needs"] = Results(needs),
        ["vars"] = vars.Value,
        ["inputs"] = within?.Inputs ?? inputs.Value,
    };

    /// <summary>What the outputs of a called workflow can see.</summary>
    /// <param name="jobs">Of the called workflow, with their results.</param>
    public IReadOnlyDictionary<string, Value> ForOutputs(IEnumerable<NodeState> jobs, CallFacts call) =>
        new Dictionary<string, Value>(StringComparer.OrdinalIgnoreCase)
    {
        ["github"] = github.Value,
        ["jobs"] = Results(jobs),
        ["vars"] = vars.Value,
        ["inputs"] = call.Inputs,
    };

    /// <summary>What a job's <c>name</c>, <c>runs-on</c> and the like can see in one combination of its matrix.</summary>
    public static IReadOnlyDictionary<string, Value> WithLeg(IReadOnlyDictionary<string, Value> known, Value matrix, Value strategy) =>
        new Dictionary<string, Value>(known, StringComparer.OrdinalIgnoreCase) { ["matrix"] = matrix, ["strategy"] = strategy };

    /// <summary>
    /// The contexts of a job message: an object with github, job (what it says of the workflow file), needs, strategy, matrix, vars and inputs.
    /// </summary>
    /// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
    public JsonElement ForMessage(
        NodePlan node, IEnumerable<NodeState> needs, ObjectValue? matrix, ObjectValue strategy, CallFacts? within, EnvironmentValues environment)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("github");
            json.WriteRawValue(WithJob(githubJson.Value, node.Job.Id));
            Write(json, "job", WorkflowOf(node));
            Write(json, "needs", Results(needs));
            Write(json, "strategy", strategy);
            Write(json, "matrix", (Value?)matrix ?? Value.Null);
            json.WritePropertyName("vars");
            if (environment.Vars.Count == 0)
            {
                json.WriteRawValue(varsJson.Value);
            }
            else
            {
                ValueJson.Write(json, Texts(EnvironmentValues.Over(facts.Vars, environment.Vars)));
            }

            json.WritePropertyName("inputs");
            if (within is null)
            {
                json.WriteRawValue(inputsJson.Value);
            }
            else
            {
                ValueJson.Write(json, within.Inputs);
            }

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

    /// <summary>
    /// The file that a job stands in: <c>github</c> says it of the one that the event runs, also in a called workflow.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#job-context
    /// </summary>
    private ObjectValue WorkflowOf(NodePlan node)
    {
        var origin = node.Workflow.Origin;
        var repository = origin?.Reference.Repository ?? facts.Repository;
        var path = origin?.Reference.Path ?? facts.WorkflowPath;
        var reference = origin?.FullRef ?? origin?.Reference.Ref ?? facts.Ref;
        return new ObjectValue(
        [
            new("workflow_ref", Value.Of($"{repository}/{path}@{reference}")),
            new("workflow_sha", Value.Of(origin?.Commit ?? origin?.Reference.Ref ?? facts.WorkflowSha)),
            new("workflow_repository", Value.Of(repository)),
            new("workflow_file_path", Value.Of(path)),
        ]);
    }

    private static ObjectValue Results(IEnumerable<NodeState> nodes)
    {
        var properties = new List<KeyValuePair<string, Value>>();
        foreach (var need in nodes)
        {
            var result = Value.Of((need.Result ?? Conclusion.Skipped).Name());
            properties.Add(new(need.Id, new ObjectValue([new("result", result), new("outputs", Texts(need.Outputs))])));
        }

        return new ObjectValue(properties);
    }

    private static ObjectValue Github(RunFacts facts)
    {
        var owner = facts.Repository.Split('/')[0];
        var properties = new List<KeyValuePair<string, Value>>
        {
            new("ref", Value.Of(facts.Ref)),
            new("sha", Value.Of(facts.Sha)),
            new("repository", Value.Of(facts.Repository)),
            new("repository_owner", Value.Of(owner)),
            new("repository_owner_id", Value.Of(Number(facts.RepositoryOwnerId))),
            new("repositoryUrl", Value.Of($"{facts.ServerUrl}/{facts.Repository}.git")),
            new("run_id", Value.Of(Number(facts.RunId))),
            new("run_number", Value.Of(Number(facts.RunNumber))),
            new("retention_days", Value.Of("90")),
            new("run_attempt", Value.Of(Number(facts.RunAttempt))),
            new("repository_id", Value.Of(Number(facts.RepositoryId))),
            new("actor_id", Value.Of(Number(facts.ActorId))),
            new("actor", Value.Of(facts.Actor)),
            new("triggering_actor", Value.Of(facts.TriggeringActor ?? facts.Actor)),
            new("workflow", Value.Of(facts.WorkflowName)),
            new("head_ref", Value.Of(facts.HeadRef)),
            new("base_ref", Value.Of(facts.BaseRef)),
            new("event_name", Value.Of(facts.EventName)),
            new("server_url", Value.Of(facts.ServerUrl)),
            new("api_url", Value.Of(facts.ApiUrl)),
            new("graphql_url", Value.Of(facts.ApiUrl.Length == 0 ? "" : facts.ApiUrl + "/graphql")),
            new("ref_name", Value.Of(RefName(facts.Ref))),
            new("ref_type", Value.Of(facts.Ref.StartsWith(Tags, StringComparison.Ordinal) ? "tag" : "branch")),
            new("secret_source", Value.Of("Actions")),
            new("workflow_ref", Value.Of($"{facts.Repository}/{facts.WorkflowPath}@{facts.Ref}")),
            new("workflow_sha", Value.Of(facts.WorkflowSha)),
            new("ref_protected", Value.Of(facts.RefProtected)),
            new("event", ValueJson.Read(facts.Event)),
        };
        foreach (var (name, value) in facts.GithubOverrides)
        {
            properties.Add(new(name, Value.Of(value)));
        }

        return new ObjectValue(properties);
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

    internal static ObjectValue Texts(IReadOnlyDictionary<string, string> texts)
    {
        var properties = new List<KeyValuePair<string, Value>>(texts.Count);
        foreach (var (name, value) in texts)
        {
            properties.Add(new(name, Value.Of(value)));
        }

        return new ObjectValue(properties);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
