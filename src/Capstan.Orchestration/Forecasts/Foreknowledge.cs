using Capstan.Contracts;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration.Forecasts;

/// <summary>What is known of a run before it begins: its event, inputs and variables; of the jobs that one needs, only those that are sure not to run.</summary>
/// <param name="results">Results that are sure, by the key of the job; the other ancestors of the job have none.</param>
/// <param name="ancestors">How many jobs the job waits for, directly or not.</param>
internal sealed class Foreknowledge(IReadOnlyDictionary<string, Conclusion> results, int ancestors) : IForeknowledge
{
    /// <summary>Values of the github context that belong to the run, the job or the step, and not to the event.</summary>
    private static readonly HashSet<string> OfTheRun = new(StringComparer.OrdinalIgnoreCase)
    {
        ExpressionReference.AnyKey, "token", "job", "job_workflow_sha", "run_id", "run_number", "run_attempt", "workspace", "action", "action_path", "action_ref", "action_repository",
        "action_status", "env", "path", "output", "state", "step_summary", "event_path", "artifact_cache_size_limit",
    };

    /// <summary>Whether the matrix of the leg is known, for those who look from inside one.</summary>
    public bool KnowsMatrix { get; init; }

    /// <summary>Inputs of the call that are not known.</summary>
    public IReadOnlySet<string> OpenInputs { get; init; } = NoInputs;

    public static IReadOnlySet<string> NoInputs { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public bool Knows(ExpressionReference reference) => reference.Context.ToLowerInvariant() switch
    {
        "github" => reference.FirstKey is { } key && !OfTheRun.Contains(key),
        "vars" => true,
        "inputs" => OpenInputs.Count == 0 || (reference.FirstKey is { } input and not ExpressionReference.AnyKey && !OpenInputs.Contains(input)),
        "matrix" or "strategy" => KnowsMatrix,
        "needs" => reference.FirstKey is { } job && results.ContainsKey(job),
        _ => false,
    };

    public bool? Status(string function, IReadOnlyList<string> jobs) => function switch
    {
        "success" => Success(jobs),
        "failure" => Failure(jobs),
        _ => null,
    };

    private bool? Success(IReadOnlyList<string> jobs)
    {
        if (jobs.Count > 0)
        {
            return jobs.Any(job => results.TryGetValue(job, out var result) && result != Conclusion.Success) ? false : null;
        }

        return results.Values.Any(result => result != Conclusion.Success) ? false : ancestors == 0 ? true : null;
    }

    private bool? Failure(IReadOnlyList<string> jobs)
    {
        var known = jobs.Count == 0 ? results.Values : jobs.Where(results.ContainsKey).Select(job => results[job]);
        if (known.Contains(Conclusion.Failure))
        {
            return true;
        }

        return known.Count() == (jobs.Count == 0 ? ancestors : jobs.Count) ? false : null;
    }
}

/// <summary>At a step: the contexts are its job's, the status is that of the steps before it.</summary>
internal sealed class StepForeknowledge(Foreknowledge job, bool isFirst) : IForeknowledge
{
    public bool Knows(ExpressionReference reference) => job.Knows(reference);

    public bool? Status(string function, IReadOnlyList<string> jobs) => (isFirst, function) switch
    {
        (true, "success") => true,
        (true, "failure") => false,
        _ => null,
    };
}
