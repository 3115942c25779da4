using Capstan.Runner.Actions;
using Capstan.Runner.Jobs;
using Capstan.Workflows.Expressions;

namespace Capstan.Runner.Steps;

/// <summary>
/// Where a list of steps runs: the job itself, or one use of a composite action. Ids of steps, inputs and the success so far are of one scope; environment and
/// PATH are the job's. A step in the background has a fork: it sees the job as it was at its launch, and what it changes is seen by nobody until it is waited for.
/// </summary>
internal sealed class StepScope
{
    private readonly Dictionary<string, StepRecord> records = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> order = [];
    private ObjectValue? steps;
    private StepScope? home;

    /// <summary>0 for the job, one more for each composite action inside another.</summary>
    public int Depth { get; init; }

    /// <summary>The ids of the steps that lead here, from the job's on, with dots between; empty for the job.</summary>
    public string Path { get; init; } = "";

    /// <summary>The action's inputs; null in the job, where the run's inputs are seen.</summary>
    public ObjectValue? Inputs { get; init; }

    /// <summary>The action's folder; null in the job.</summary>
    public string? ActionPath { get; init; }

    /// <summary>Of a remote action; null for local ones and in the job.</summary>
    public ActionOrigin? Origin { get; init; }

    /// <summary>What steps change for those after them.</summary>
    public required JobVariables Variables { get; init; }

    /// <summary>What the steps use.</summary>
    public ActionUses Uses { get; init; } = new();

    /// <summary>What <c>env</c> of the using step adds for the steps in here.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The file the steps stand in, for messages.</summary>
    public required string File { get; init; }

    /// <summary>A step has failed and did not <c>continue-on-error</c>: what <c>success()</c> and <c>failure()</c> answer.</summary>
    public bool Failed { get; set; }

    /// <summary>The job was cancelled before this scope began: the using step was let in all the same, and its steps run as in a healthy job.</summary>
    public bool BeganCancelled { get; init; }

    /// <summary>The steps that have ended, in that order.</summary>
    public IEnumerable<KeyValuePair<string, StepRecord>> Records
    {
        get
        {
            foreach (var id in order) yield return new(id, records[id]);
        }
    }

    public bool IsComposite => ActionPath is not null;

    public ObjectValue StepsContext => steps ??= new ObjectValue(order.ConvertAll(id => new KeyValuePair<string, Value>(id, records[id].ToValue())));

    /// <summary>The scope that this one is a fork of; itself when it is none.</summary>
    public StepScope Home => home ?? this;

    /// <summary>For a step in the background. What the steps use stays shared: their last stages are the job's.</summary>
    public StepScope Fork() => new()
    {
        home = this,
        steps = StepsContext,
        Depth = Depth,
        Inputs = Inputs,
        ActionPath = ActionPath,
        Origin = Origin,
        Variables = Variables.Fork(),
        Uses = Uses,
        Env = Env,
        File = File,
        Failed = Failed,
        BeganCancelled = BeganCancelled,
    };

    /// <summary>The step has ended: it appears in the <c>steps</c> context.</summary>
    public void Add(string id, StepRecord record)
    {
        if (!records.ContainsKey(id)) order.Add(id);
        records[id] = record;
        steps = null;
    }
}
