using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Capstan.Contracts;
using Capstan.Runner.Commands;
using Capstan.Runner.Jobs;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Steps;

/// <summary>
/// The contexts as one step sees them. Each is built when an expression asks for it: most steps ask for none.
/// </summary>
internal sealed class StepContexts : IReadOnlyDictionary<string, Value>, IStatusFunctions
{
    private static readonly string[] Names =
        ["github", "env", "vars", "job", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"];

    private readonly JobState job;
    private readonly StepScope scope;
    private readonly string action;
    private readonly StepStage stage;
    private readonly ObjectValue? inputs;
    private readonly Dictionary<string, Value> built = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="action">The step's <c>github.action</c>; empty outside of steps.</param>
    /// <param name="env">The step's own variables; the scope's and the job's lie below.</param>
    public StepContexts(JobState job, StepScope scope, string action, IReadOnlyDictionary<string, string> env, StepStage stage = StepStage.Main)
        : this(job, scope, action, env, stage, inputs: null)
    {
    }

    private StepContexts(JobState job, StepScope scope, string action, IReadOnlyDictionary<string, string> env, StepStage stage, ObjectValue? inputs)
    {
        this.job = job;
        this.scope = scope;
        this.action = action;
        this.stage = stage;
        this.inputs = inputs;
        Env = env;
    }

    /// <summary>May be replaced once the step's own <c>env</c> is evaluated.</summary>
    public IReadOnlyDictionary<string, string> Env
    {
        get;
        set
        {
            field = value;
            built?.Remove("env");
        }
    }

    /// <summary>The environment and PATH that the step sees and changes; after the job's steps, when nothing runs beside it, always the job's.</summary>
    public JobVariables Variables => stage == StepStage.Post ? job.Variables : scope.Variables;

    /// <summary>The files of the step's program; null where there is none.</summary>
    public Func<StepFiles>? Files { get; init; }

    public IEnumerable<string> Keys => Names;

    public IEnumerable<Value> Values => Names.Select(name => this[name]);

    public int Count => Names.Length;

    public Value this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException(key);

    public EvaluationContext ToEvaluation() => new()
    {
        Contexts = this,
        Status = this,
        HashFiles = patterns => HashFiles.Of(patterns, job.Settings.Workspace, job.Settings.Clock),
    };

    public bool ContainsKey(string key) => Names.Contains(key, StringComparer.OrdinalIgnoreCase);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Value value)
    {
        if (built.TryGetValue(key, out value)) return true;
        value = key.ToUpperInvariant() switch
        {
            "GITHUB" => Github(),
            "ENV" => ObjectValue.OfTexts(MergedEnv()),
            "STEPS" => scope.StepsContext,
            "JOB" => new ObjectValue([.. job.Contexts.OfJob, new("status", Value.Of(job.Status.Name()))]),
            "INPUTS" => inputs ?? scope.Inputs ?? job.Contexts.Find("inputs"),
            "SECRETS" when scope.IsComposite => Value.Null,
            "VARS" or "RUNNER" or "SECRETS" or "STRATEGY" or "MATRIX" or "NEEDS" => job.Contexts.Find(key),
            _ => null,
        };
        if (value is null) return false;
        built[key] = value;
        return true;
    }

    /// <summary>The <c>env</c> context: job, using steps, the step itself; later ones win.</summary>
    public Dictionary<string, string> MergedEnv()
    {
        var result = new Dictionary<string, string>(Variables.Env, StringComparer.Ordinal);
        foreach (var name in scope.Env.Keys) result[name] = scope.Env[name];
        foreach (var name in Env.Keys) result[name] = Env[name];
        return result;
    }

    /// <summary>The same, with other inputs.</summary>
    public StepContexts With(ObjectValue others) => new(job, scope, action, Env, stage, others) { Files = Files };

    /// <summary>The steps of a composite action look at each other; what is done before and after the job's steps looks at the job.</summary>
    private bool AsksScope => scope.IsComposite && stage == StepStage.Main;

    public bool Success(IReadOnlyList<string> jobs) => AsksScope ? !scope.Failed && (scope.BeganCancelled || !job.Cancellation.Cancelled) : job.Status == Conclusion.Success;

    public bool Failure(IReadOnlyList<string> jobs) => AsksScope ? scope.Failed : job.Status == Conclusion.Failure;

    public bool Cancelled() => job.Cancellation.Cancelled;

    public IEnumerator<KeyValuePair<string, Value>> GetEnumerator() =>
        Names.Select(name => new KeyValuePair<string, Value>(name, this[name])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ObjectValue Github()
    {
        var properties = new List<KeyValuePair<string, Value>>(job.Contexts.Github.Properties) { new("action", Value.Of(action)) };
        if (scope.ActionPath is { } path)
        {
            properties.Add(new("action_path", Value.Of(path)));
            properties.Add(new("action_repository", Value.Of(scope.Origin?.Name ?? "")));
            properties.Add(new("action_ref", Value.Of(scope.Origin?.Ref ?? "")));
            properties.Add(new("action_status", Value.Of(scope.Failed ? "failure" : "success")));
        }

        if (Files?.Invoke() is { } files)
        {
            properties.Add(new("env", Value.Of(files.Env)));
            properties.Add(new("output", Value.Of(files.Output)));
            properties.Add(new("path", Value.Of(files.Path)));
            properties.Add(new("state", Value.Of(files.State)));
            properties.Add(new("step_summary", Value.Of(files.Summary)));
            properties.Add(new("artifacts", Value.Of(files.Artifacts)));
            properties.Add(new("artifacts_list", Value.Of(files.ArtifactsList)));
        }

        return new ObjectValue(properties);
    }
}
