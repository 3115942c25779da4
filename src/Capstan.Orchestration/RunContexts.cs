using System.Globalization;
using System.Text.Json;
using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>
/// Builds the contexts of a run's expressions and of its jobs. One builder for the server and for <c>capstan run</c>: a difference would be a bug.
/// Values are made once, on first use; safe to share between threads.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
public sealed class RunContexts(RunFacts facts)
{
    private const string Heads = "refs/heads/";
    private const string Tags = "refs/tags/";
    private const string Pull = "refs/pull/";

    private static readonly string[] Prefixes = [Heads, Tags, Pull];

    private readonly Shared github = new(() => Github(facts));
    private readonly Shared vars = new(() => ObjectValue.OfTexts(facts.Vars));
    private readonly Shared inputs = new(() => facts.Inputs);

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

    /// <summary>What a job's steps can see from their beginning: github, job (what it says of the workflow file), needs, strategy, matrix, vars and inputs.</summary>
    /// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
    public ObjectValue ForOrder(
        NodePlan node, IEnumerable<NodeState> needs, ObjectValue? matrix, ObjectValue strategy, CallFacts? within, EnvironmentValues environment)
    {
        var contexts = new List<KeyValuePair<string, Value>>();
        foreach (var context in OfJob(node, needs, matrix, strategy, within, environment))
        {
            contexts.Add(new(context.Name, context.Value));
        }

        return new ObjectValue(contexts);
    }

    /// <summary>The same as <see cref="ForOrder"/>, as a job message has it.</summary>
    /// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
    public JsonElement ForMessage(
        NodePlan node, IEnumerable<NodeState> needs, ObjectValue? matrix, ObjectValue strategy, CallFacts? within, EnvironmentValues environment)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var context in OfJob(node, needs, matrix, strategy, within, environment))
            {
                json.WritePropertyName(context.Name);
                context.Write(json);
            }

            json.WriteEndObject();
        }

        // A payload may be as deep as a value may be, and stands inside the github context of the message.
        using var document = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), new JsonDocumentOptions { MaxDepth = ValueJson.MaxDepth + 4 });
        return document.RootElement.Clone();
    }

    /// <summary>The one list of what a job gets, whichever way it comes to its runner.</summary>
    private IEnumerable<JobContext> OfJob(
        NodePlan node, IEnumerable<NodeState> needs, ObjectValue? matrix, ObjectValue strategy, CallFacts? within, EnvironmentValues environment) =>
    [
        new("github", new ObjectValue([new("job", Value.Of(node.Job.Id))]), github),
        new("job", WorkflowOf(node)),
        new("needs", Results(needs)),
        new("strategy", strategy),
        new("matrix", (Value?)matrix ?? Value.Null),
        environment.Vars.Count == 0 ? new("vars", ObjectValue.Empty, vars) : new("vars", ObjectValue.OfTexts(EnvironmentValues.Over(facts.Vars, environment.Vars))),
        within is null ? new("inputs", ObjectValue.Empty, inputs) : new("inputs", within.Inputs),
    ];

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
            properties.Add(new(need.Id, new ObjectValue([new("result", result), new("outputs", ObjectValue.OfTexts(need.Outputs))])));
        }

        return new ObjectValue(properties);
    }

    private static ObjectValue Github(RunFacts facts)
    {
        var owner = TextParts.Of(facts.Repository, '/')[0];
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
            new("event", facts.ReadEvent()),
        };
        foreach (var name in facts.GithubOverrides.Keys)
        {
            properties.Add(new(name, Value.Of(facts.GithubOverrides[name])));
        }

        return new ObjectValue(properties);
    }

    /// <summary>The short name: the branch, the tag, or <c>7/merge</c> of a pull request.</summary>
    private static string RefName(string name)
    {
        foreach (var prefix in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                return name[prefix.Length..];
            }
        }

        return name;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>As a runner reads it from JSON, which has no NaN and no infinities: there they are texts, so they are here.</summary>
    private static Value AsWritten(Value value)
    {
        switch (value)
        {
            case NumberValue number when !double.IsFinite(number.Data):
                return Value.Of(ValueText.Of(number));
            case ArrayValue array:
                var items = new List<Value>(array.Items.Count);
                foreach (var item in array.Items)
                {
                    items.Add(AsWritten(item));
                }

                return new ArrayValue(items);
            case ObjectValue content:
                var properties = new List<KeyValuePair<string, Value>>(content.Properties.Count);
                for (var i = 0; i < content.Properties.Count; i++)
                {
                    var (name, property) = content.Properties[i];
                    properties.Add(new(name, AsWritten(property)));
                }

                return new ObjectValue(properties);
            default:
                return value;
        }
    }

    /// <summary>A context that all jobs of a run share, of which there may be thousands: its value and its JSON, each made when it is first asked for. Thread-safe.</summary>
    private sealed class Shared(Func<ObjectValue> make)
    {
        private readonly Lazy<ObjectValue> value = new(() => (ObjectValue)AsWritten(make()));

        // Of a value of its own: what only writes messages does not keep a large payload as values, too.
        private readonly Lazy<string> json = new(() => ValueJson.ToElement(make()).GetRawText());

        public ObjectValue Value => value.Value;

        public string Json => json.Value;
    }

    /// <param name="Own">What the job has for itself; an object where there is something shared.</param>
    /// <param name="Before">What stands before that, and has properties if the job has its own, too.</param>
    private sealed record JobContext(string Name, Value Own, Shared? Before = null)
    {
        public Value Value => (Before, Own) switch
        {
            (null, _) => AsWritten(Own),
            (_, ObjectValue { Properties: { Count: > 0 } own }) => new ObjectValue([.. Before.Value.Properties, .. own]),
            _ => Before.Value,
        };

        public void Write(Utf8JsonWriter json)
        {
            switch (Before, Own)
            {
                case (null, _):
                    ValueJson.Write(json, Own);
                    break;
                case (_, ObjectValue { Properties.Count: > 0 }):
                    json.WriteRawValue($"{Before.Json.AsSpan(0, Before.Json.Length - 1)},{ValueJson.ToElement(Own).GetRawText().AsSpan(1)}");
                    break;
                default:
                    json.WriteRawValue(Before.Json);
                    break;
            }
        }
    }
}
