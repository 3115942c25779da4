using Capstan.Contracts;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Matrices;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Forecasts;

/// <summary>Foresees one job, when all that it needs have been foreseen.</summary>
/// <param name="within">The call that the job stands under; null in the run's own workflow.</param>
internal sealed class JobForecaster(RunPlan plan, NodePlan node, RunContexts contexts, Ancestry before, CallForeknowledge? within)
{
    private readonly IReadOnlyList<NodeState> sureNeeds =
        [.. node.Needs.Where(before.Results.ContainsKey).Select(need => new NodeState { Key = need, OpenNeeds = 0, Phase = NodePhase.Settled, Result = before.Results[need] })];

    private JobDefinition Job => node.Job;

    public JobForecast Foresee()
    {
        var scope = ForecastScope.Of(contexts, Known(matrix: false), sureNeeds, within?.Facts);
        var job = new JobForecast
        {
            Key = Job.Id,
            Name = JobPlanner.PlainName(Job),
            Needs = node.Needs,
            Condition = new ConditionForecast(Job.If, Job.If == Condition.Default, Foresee(scope.Condition(Job.If))),
            Uses = Job.Uses,
            Secrets = SecretNames.OfJob(Job),
            Permissions = PermissionSet.Of(Job.Permissions) ?? PermissionSet.Of(plan.Workflow.Permissions) ?? within?.Permissions,
        };
        return job.Condition.Holds == false ? job : WithLegs(job, scope);
    }

    /// <summary>Without a condition of its own a job is skipped because of another: that one is named.</summary>
    private ForeseenCondition Foresee(ForeseenCondition foreseen)
    {
        if (foreseen.Holds != false || Job.If != Condition.Default)
        {
            return foreseen;
        }

        var key = node.Needs.FirstOrDefault(before.Results.ContainsKey) ?? before.Results.Keys.Order(StringComparer.Ordinal).First();
        return foreseen with { Why = $"it waits for '{key}', which {(before.Results[key] == Conclusion.Skipped ? "is skipped" : "fails")}" };
    }

    private Foreknowledge Known(bool matrix) => new(before.Results, before.Jobs.Count) 
    {
        KnowsMatrix = matrix,
        OpenInputs = within?.OpenInputs ?? Foreknowledge.NoInputs,
    };

    private JobForecast WithLegs(JobForecast job, ForecastScope scope)
    {
        var openMatrix = scope.Open(Job.Strategy?.Matrix);
        var inLeg = scope.InLeg(Known(openMatrix.Count == 0), Value.Null, JobPlanner.DefaultStrategy);
        var expansion = Expand(scope, inLeg, openMatrix.Count == 0);
        var specs = (expansion as JobExpansion.Legs)?.Specs ?? [StandIn()];
        var scopes = specs.Select(spec => scope.InLeg(Known(openMatrix.Count == 0), (Value?)spec.Matrix ?? Value.Null, spec.Strategy)).ToList();
        var steps = new StepForecaster(plan.Workflow, Job, scopes);
        var legs = expansion as JobExpansion.Legs;
        return job with
        {
            Refusal = JobPlanner.NotExecuted(Job) ?? (expansion as JobExpansion.Refused)?.Reason,
            MatrixDependsOn = openMatrix,
            MaxParallel = legs?.MaxParallel ?? 1,
            FailFast = legs?.FailFast ?? true,
            Steps = steps.Foresee(),
            Called = legs is not null && node.Called is { } called
                ? RunForecaster.Foresee(called, contexts, CallForeknowledge.Of(node, specs, inLeg, job.Permissions)).Jobs
                : [],
            Legs = [.. specs.Select((spec, index) => Leg(spec, scopes[index], inLeg, steps.SkippedIn(index)))],
        };
    }

    private LegForecast Leg(LegSpec spec, ForecastScope scope, ForecastScope anyLeg, IReadOnlyList<int> skipped)
    {
        var openLabels = anyLeg.Open(Job.RunsOn);
        return new LegForecast(spec.Name, spec.Matrix, openLabels.Count == 0 ? spec.Labels : [])
        {
            LabelsDependOn = openLabels,
            MayFail = Job.ContinueOnError is { } mayFail && anyLeg.Open(mayFail).Count > 0 ? null : spec.MayFail,
            Environment = scope.Environment(Job.Environment),
            Concurrency = scope.Concurrency(Job.Concurrency),
            SkippedSteps = skipped,
        };
    }

    /// <summary>
    /// By the planner that expands the job when it runs. What cannot be evaluated yet is taken out for it: a name and labels become what their author wrote, the rest
    /// its default. A job that is refused for a key that is not executed still has its combinations.
    /// </summary>
    private JobExpansion Expand(ForecastScope scope, ForecastScope inLeg, bool matrixIsKnown)
    {
        var known = Job with
        {
            NotYetExecuted = [],
            // The forecast has its own, known in part.
            Environment = null,
            Strategy = Job.Strategy is { } strategy && matrixIsKnown
                ? strategy with { FailFast = Known(scope, strategy.FailFast), MaxParallel = Known(scope, strategy.MaxParallel) }
                : null,
            Name = Known(inLeg, Job.Name) ?? Written(Job.Name),
            RunsOn = Known(inLeg, Job.RunsOn) ?? Written(Job.RunsOn),
            ContinueOnError = Known(inLeg, Job.ContinueOnError),
            With = Job.With is MappingToken with ? with with { Entries = [.. with.Entries.Where(entry => inLeg.Open(entry.Value).Count == 0)] } : null,
        };
        var state = new NodeState { Key = node.Key, OpenNeeds = 0 };
        return new JobPlanner(node with { Job = known }, state, new RunState { OpenNodes = 1 }, contexts, sureNeeds, within?.Facts).Expand();
    }

    private static TemplateToken? Known(ForecastScope scope, TemplateToken? token) => scope.Open(token).Count == 0 ? token : null;

    private static StringToken? Written(TemplateToken? token) => token is null ? null : new StringToken(token.Place, TemplateReferences.Source(token));

    /// <summary>For a job that is refused before it has any.</summary>
    private LegSpec StandIn() => new(0, JobNames.Display(JobPlanner.PlainName(Job), null), Matrix: null, JobPlanner.DefaultStrategy, [], MayFail: false, Queued: true);
}
