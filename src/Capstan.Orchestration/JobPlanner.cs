using Capstan.Contracts;
using Capstan.Orchestration.Calls;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration;

/// <summary>Evaluates what a job says about itself when its needs have results: whether it runs, with which matrix, under which names, where.</summary>
/// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
internal sealed class JobPlanner(NodePlan plan, NodeState node, RunState run, RunContexts contexts, IReadOnlyList<NodeState> needs, CallFacts? within)
{
    /// <summary>A group of runners has no meaning here: any runner with the labels will do.</summary>
    private const string GroupKey = "group";

    private const string LabelsKey = "labels";
    private const string DefaultCondition = "success()";

    private readonly Lazy<IReadOnlyDictionary<string, Value>> known = new(() => contexts.ForJob(needs, within));

    private JobDefinition Job => plan.Job;

    /// <summary>Why the job is to end; null while nobody has asked for it.</summary>
    private string? StopReason => run.CancelReason ?? node.StopReason;

    public static ObjectValue DefaultStrategy { get; } = Strategy(failFast: true, index: 0, total: 1, maxParallel: 1);

    /// <summary>The name of a job whose matrix is not known: its own name if that needs no evaluation, else its key.</summary>
    public static string PlainName(JobDefinition job) => job.Name is StringToken { Value.Length: > 0 } name ? name.Value : job.Id;

    /// <summary>Why this version cannot execute the job; null when it can.</summary>
    public static string? NotExecuted(JobDefinition job) => job switch
    {
        { NotYetExecuted: [var (key, place), ..] } => $"'{key}'{At(place)} is not executed by this version, and the job cannot do without it.",
        { Uses: { } uses, Called: null } => $"The workflow '{uses}'{At(job.UsesPlace)} was not looked for.",
        _ => null,
    };

    /// <summary>Null when the job is to run, or to go on running.</summary>
    public NotRun? WhyNot()
    {
        var condition = Condition(cancelled: StopReason is not null);
        switch (condition)
        {
            case ConditionResult.Unusable unusable:
                return new NotRun(Conclusion.Failure, $"The job's 'if'{At(Job.IfPlace)} cannot be evaluated: {unusable.Message}");
            case ConditionResult.Decided { Holds: true }:
                return null;
        }

        // A job that would have run but for the cancellation is cancelled; one that would not have run anyway was skipped.
        return StopReason is { } reason && Condition(cancelled: false) is ConditionResult.Decided { Holds: true }
            ? new NotRun(Conclusion.Cancelled, reason)
            : new NotRun(Conclusion.Skipped, ((ConditionResult.Decided)condition).Why);
    }

    public JobExpansion Expand()
    {
        if (NotExecuted(Job) is { } reason)
        {
            return new JobExpansion.Refused(reason);
        }

        try
        {
            return ExpandMatrix();
        }
        catch (PlanningException error)
        {
            return new JobExpansion.Refused(error.Message);
        }
    }

    private JobExpansion.Legs ExpandMatrix()
    {
        var strategy = Job.Strategy;
        var combinations = Combinations(strategy?.Matrix);
        var total = combinations?.Count ?? 1;
        var failFast = strategy?.FailFast is not { } failFastToken || Evaluation().Boolean(failFastToken, "strategy.fail-fast");
        var maxParallel = strategy?.MaxParallel is { } maxParallelToken ? AtOnce(Evaluation().Number(maxParallelToken, "strategy.max-parallel"), total) : total;
        var legs = new List<LegSpec>(total);
        for (var index = 0; index < total; index++)
        {
            legs.Add(Leg(index, combinations?[index], Strategy(failFast, index, total, maxParallel), queued: index < maxParallel));
        }

        return new JobExpansion.Legs(legs, maxParallel, failFast);
    }

    private LegSpec Leg(int index, MatrixCombination? combination, ObjectValue strategy, bool queued)
    {
        var matrix = combination?.Values;
        var evaluation = Evaluation((Value?)matrix ?? Value.Null, strategy);
        var environment = evaluation.Environment();
        return new LegSpec(
            index,
            within is null ? Name(evaluation, combination) : within.NameOf(Name(evaluation, combination)),
            matrix,
            strategy,
            plan.Called is null ? Labels(evaluation) : [],
            Job.ContinueOnError is { } mayFail && evaluation.Boolean(mayFail, "continue-on-error"),
            queued)
        {
            Environment = environment?.Name,
            JobType = Job.TypeOf(environment is { Deployment: true }),
            Inputs = plan.Called is { } called ? Inputs(called.Workflow, (Value?)matrix ?? Value.Null, strategy) : null,
        };
    }

    /// <summary>What the caller gives, evaluated where it stands; defaults are evaluated where the called workflow stands.</summary>
    private ObjectValue Inputs(WorkflowDefinition called, Value matrix, Value strategy)
    {
        var caller = new EvaluationContext { Contexts = RunContexts.WithLeg(known.Value, matrix, strategy) };
        var defaults = new EvaluationContext { Contexts = contexts.ForJob([], within: null) };
        var inputs = CallInputs.Evaluate(called.Call?.Inputs ?? [], Job.With, caller, defaults, plan.Workflow.File);
        return inputs.IsValid
            ? inputs.Value
            : throw new PlanningException($"The inputs that the job '{Job.Id}' gives to '{Job.Uses}': {inputs.Diagnostics[0]}");
    }

    /// <summary>A name without expressions would be the same for every leg: the matrix values are put behind it.</summary>
    private string Name(JobEvaluation evaluation, MatrixCombination? combination)
    {
        var evaluated = Job.Name is ExpressionToken expression ? evaluation.Text(expression, "name") : null;
        return !string.IsNullOrEmpty(evaluated) ? evaluated : JobNames.Display(PlainName(Job), combination);
    }

    private List<string> Labels(JobEvaluation evaluation)
    {
        if (Job.RunsOn is null)
        {
            throw new PlanningException($"The job '{Job.Id}' has no 'runs-on'.");
        }

        var value = evaluation.Of(Job.RunsOn, "runs-on");
        if (value is ObjectValue mapping)
        {
            value = mapping.Find(LabelsKey)
                ?? throw new PlanningException($"'runs-on'{At(Job.RunsOn.Place)} of the job '{Job.Id}' has a '{GroupKey}' and no '{LabelsKey}': runners are chosen by labels here.");
        }

        var known = new HashSet<string>(StringComparer.Ordinal);
        var labels = new List<string>();
        foreach (var item in value is ArrayValue list ? list.Items : [value])
        {
            var label = ValueText.Of(item).Trim().ToLowerInvariant();
            if (label.Length > 0 && known.Add(label))
            {
                labels.Add(label);
            }
        }

        labels.Sort(StringComparer.Ordinal);
        return labels.Count > 0 ? labels : throw new PlanningException($"'runs-on'{At(Job.RunsOn.Place)} of the job '{Job.Id}' gives no label.");
    }

    private IReadOnlyList<MatrixCombination>? Combinations(TemplateToken? matrix)
    {
        if (matrix is null)
        {
            return null;
        }

        var expanded = MatrixExpansion.Expand(Evaluation().Of(matrix, "strategy.matrix"));
        var wrong = expanded.Message ?? (expanded.Combinations.Count == 0 ? "It makes no job: everything is excluded" : null);
        return wrong is null ? expanded.Combinations : throw new PlanningException($"'strategy.matrix'{At(matrix.Place)} of the job '{Job.Id}': {wrong}.");
    }

    private ConditionResult Condition(bool cancelled)
    {
        var status = new JobStatusFunctions(node, cancelled, needs);

        // By far the most frequent condition needs no contexts, and so not the event's payload.
        return Job.If == DefaultCondition && status.Success([])
            ? new ConditionResult.Decided(true, "")
            : JobCondition.Evaluate(Job.If, new EvaluationContext { Contexts = known.Value, Status = status });
    }

    private JobEvaluation Evaluation() => new(Job, new EvaluationContext { Contexts = known.Value });

    private JobEvaluation Evaluation(Value matrix, Value strategy) => new(Job, new EvaluationContext { Contexts = RunContexts.WithLeg(known.Value, matrix, strategy) });

    private static int AtOnce(double given, int total) => given < 1 ? throw new PlanningException("'strategy.max-parallel' must be 1 or more.") : (int)Math.Min(given, total);

    private static ObjectValue Strategy(bool failFast, int index, int total, int maxParallel) => new(
    [
        KeyValuePair.Create("fail-fast", Value.Of(failFast)),
        KeyValuePair.Create("job-index", Value.Of(index)),
        KeyValuePair.Create("job-total", Value.Of(total)),
        KeyValuePair.Create("max-parallel", Value.Of(maxParallel)),
    ]);

    private static string At(Workflows.Place place) => place.IsKnown ? $" (Line: {place.Line}, Col: {place.Column})" : "";
}
