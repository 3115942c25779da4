using Capstan.Orchestration.Local;
using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns;

/// <summary>What <c>--job</c> and <c>--matrix</c> leave of a workflow.</summary>
internal static class JobSelection
{
    private const char Within = '/';

    /// <summary>The workflow with the jobs named and those that they need; unchanged when none is named, null when it has none of them.</summary>
    /// <param name="names">Keys in the file; behind a slash those in the file that a job calls: <c>deploy/build</c>, also with spaces around it, as jobs are shown.</param>
    public static WorkflowDefinition? Apply(WorkflowDefinition workflow, IReadOnlyList<string> names) => names.Count == 0 ? workflow : Chosen(workflow, names);

    private static WorkflowDefinition? Chosen(WorkflowDefinition workflow, IReadOnlyList<string> names)
    {
        // Of a job: with what it calls is left of that.
        var wanted = new Dictionary<string, JobDefinition>(StringComparer.OrdinalIgnoreCase);
        foreach (var named in names.Select(Keys).GroupBy(keys => keys[0], StringComparer.OrdinalIgnoreCase))
        {
            if (workflow.Jobs.FirstOrDefault(job => job.Id.Equals(named.Key, StringComparison.OrdinalIgnoreCase)) is { } job
                && Part(job, [.. named.Select(keys => keys[1..])]) is { } part)
            {
                wanted[job.Id] = part;
            }
        }

        var open = new Stack<string>(wanted.Values.SelectMany(job => job.Needs));
        while (open.TryPop(out var id))
        {
            var needed = workflow.Jobs.First(job => job.Id.Equals(id, StringComparison.OrdinalIgnoreCase));
            if (wanted.TryAdd(needed.Id, needed))
            {
                foreach (var need in needed.Needs)
                {
                    open.Push(need);
                }
            }
        }

        return wanted.Count == 0 ? null : workflow with { Jobs = [.. workflow.Jobs.Where(job => wanted.ContainsKey(job.Id)).Select(job => wanted[job.Id])] };
    }

    /// <summary>Whether a job that was kept or is to be chosen goes by this name.</summary>
    /// <param name="path">As <see cref="LocalJob.Path"/>.</param>
    public static bool IsNamed(string path, string name) => string.Equals(string.Join(Within, Keys(name)), path, StringComparison.OrdinalIgnoreCase);

    private static string[] Keys(string name) => name.Split(Within, StringSplitOptions.TrimEntries);

    /// <param name="inner">What is named of the workflow that it calls; no keys: all.</param>
    /// <returns>Null: there is none of that.</returns>
    private static JobDefinition? Part(JobDefinition job, IReadOnlyList<string[]> inner)
    {
        if (inner.Any(keys => keys.Length == 0))
        {
            return job;
        }

        return job.Called is { } called && Apply(called, [.. inner.Select(keys => string.Join(Within, keys))]) is { } part ? job with { Called = part } : null;
    }

    /// <summary>Whether the job's combination, and those of the jobs that called it, are among those asked for.</summary>
    public static bool Includes(IReadOnlyList<KeyValuePair<string, string>> filter, LocalJob job) =>
        Includes(filter, job.Matrix) && (job.Caller is null || Includes(filter, job.Caller));

    /// <summary>The values of the job's combination, and of those of the jobs that called it, the outermost first; of one key the innermost.</summary>
    public static Dictionary<string, string> Combination(LocalJob job)
    {
        var values = job.Caller is null ? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) : Combination(job.Caller);
        foreach (var (key, value) in (job.Matrix?.Properties ?? []).Where(p => p.Value.IsPrimitive))
        {
            values[key] = ValueText.Of(value);
        }

        return values;
    }

    /// <summary>Every key of the filter that the combination has must have one of its values. A job without a matrix is never left out.</summary>
    public static bool Includes(IReadOnlyList<KeyValuePair<string, string>> filter, ObjectValue? combination) =>
        combination is not { } matrix || filter.GroupBy(f => f.Key, StringComparer.OrdinalIgnoreCase)
            .All(group => matrix.Find(group.Key) is not { } value || group.Any(f => ValueText.Of(value) == f.Value));
}
