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
        var plan = RunPlan.Of(workflow);
        var contexts = new RunContexts(facts);
        var done = new Dictionary<string, Ancestry>(StringComparer.OrdinalIgnoreCase);
        var forecasts = new Dictionary<string, JobForecast>(StringComparer.OrdinalIgnoreCase);
        foreach (var node in InOrder(plan))
        {
            var before = Ancestry.Of(node.Needs.Select(need => done[need]));
            var job = new JobForecaster(plan, node, contexts, before).Foresee();
            forecasts.Add(node.Key, job);
            done.Add(node.Key, before.With(node.Key, ResultOf(node.Job, job)));
        }

        var root = new ForecastScope(contexts, new Foreknowledge(new Dictionary<string, Conclusion>(), ancestors: 0), []);
        return new RunForecast { Concurrency = root.Concurrency(workflow.Concurrency), Jobs = [.. plan.Nodes.Select(node => forecasts[node.Key])] };
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

/// <summary>All jobs that one waits for, directly or not, and the results among them that are sure.</summary>
internal sealed record Ancestry(IReadOnlySet<string> Jobs, IReadOnlyDictionary<string, Conclusion> Results)
{
    public static Ancestry Of(IEnumerable<Ancestry> needs)
    {
        var jobs = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var results = new Dictionary<string, Conclusion>(StringComparer.OrdinalIgnoreCase);
        foreach (var need in needs)
        {
            jobs.UnionWith(need.Jobs);
            foreach (var (key, result) in need.Results)
            {
                results[key] = result;
            }
        }

        return new Ancestry(jobs, results);
    }

    public Ancestry With(string key, Conclusion? result) => new(
        new HashSet<string>(Jobs, StringComparer.OrdinalIgnoreCase) { key },
        result is { } sure ? new Dictionary<string, Conclusion>(Results, StringComparer.OrdinalIgnoreCase) { [key] = sure } : Results);
}
