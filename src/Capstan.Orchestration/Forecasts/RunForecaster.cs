using System.Collections.Immutable;
using Capstan.Contracts;
using Capstan.Workflows.Definitions;

namespace Capstan.Orchestration.Forecasts;

/// <summary>
/// Tells what a run would do before anything runs: which jobs, in which combinations, which are skipped and why, as far as the event alone decides. What depends on jobs
/// or steps is named, never guessed. It asks the same rules that the run itself follows.
/// </summary>
public static class RunForecaster
{
    /// <param name="workflow">Without errors.</param>
    /// <param name="facts">Of the run that would be: its numbers are not looked at.</param>
    public static RunForecast Foresee(WorkflowDefinition workflow, RunFacts facts)
    {
        return Foresee(RunPlan.Of(workflow), new RunContexts(facts), within: null);
    }

    /// <param name="within">The call of the workflow; null for the run's own.</param>
    internal static RunForecast Foresee(RunPlan plan, RunContexts contexts, CallForeknowledge? within)
    {
        var done = new Dictionary<string, Ancestry>(StringComparer.OrdinalIgnoreCase);
        var forecasts = new Dictionary<string, JobForecast>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in InOrder(plan))
        {
            var before = Ancestry.Of(node.Needs, done);
            var job = new JobForecaster(plan, node, contexts, before, within).Foresee();
            forecasts.Add(node.Key, job);
            done.Add(node.Key, before.With(node.Key, ResultOf(node.Job, job)));
        }

        var known = new Foreknowledge(new Dictionary<string, Conclusion>(), ancestors: 0) { OpenInputs = within?.OpenInputs ?? Foreknowledge.NoInputs };
        var root = ForecastScope.Of(contexts, known, [], within?.Facts);
        return new RunForecast { Concurrency = root.Concurrency(plan.Workflow.Concurrency), Jobs = [.. plan.Nodes.Select(node => forecasts[node.Key])] };
    }

    /// <summary>The result that a job is sure to have.</summary>
    private static Conclusion? ResultOf(JobDefinition definition, JobForecast job) => job switch
    {
        { Condition.Holds: false } => Conclusion.Skipped,
        { Condition.Holds: true, Refusal: not null } when definition.ContinueOnError is null => Conclusion.Failure,
        _ => null,
    };

    /// <summary>Every job after those that it needs.</summary>
    private static IEnumerable<NodePlan> InOrder(RunPlan plan)
    {
        var open = plan.Nodes.ToDictionary(node => node.Key, node => node.Needs.Count, StringComparer.OrdinalIgnoreCase);
        var ready = new Queue<NodePlan>(plan.Nodes.Where(node => node.Needs.Count == 0));
        while (ready.TryDequeue(out var node))
        {
            yield return node;
            foreach (var dependant in node.Dependants)
            {
                if (--open[dependant] == 0)
                {
                    ready.Enqueue(plan[dependant]);
                }
            }
        }
    }
}

/// <summary>
/// All jobs that one waits for, directly or not, and the results among them that are sure. What two jobs have in common they share: a long chain of jobs costs its length, not its
/// square.
/// </summary>
internal sealed record Ancestry(ImmutableHashSet<string> Jobs, ImmutableDictionary<string, Conclusion> Results)
{
    private static readonly Ancestry None = new(
        ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase), ImmutableDictionary.Create<string, Conclusion>(StringComparer.OrdinalIgnoreCase));

    /// <param name="known">Of each need, with the need itself.</param>
    public static Ancestry Of(IEnumerable<string> needs, IReadOnlyDictionary<string, Ancestry> known)
    {
        var all = None;
        foreach (var need in needs.OrderByDescending(need => known[need].Jobs.Count))
        {
            if (!all.Jobs.Contains(need))
            {
                var more = known[need];
                all = all.Jobs.IsEmpty ? more : new Ancestry(all.Jobs.Union(more.Jobs), all.Results.SetItems(more.Results));
            }
        }

        return all;
    }

    public Ancestry With(string key, Conclusion? result) => new(Jobs.Add(key), result is { } sure ? Results.SetItem(key, sure) : Results);
}
