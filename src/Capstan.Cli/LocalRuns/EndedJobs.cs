using Capstan.Cli.LocalRuns.Resuming;
using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Orchestration.Local;
using Capstan.Workflows.Expressions;

namespace Capstan.Cli.LocalRuns;

/// <summary>How the jobs of one run ended: what a job is told that did not run because another one did not succeed. Safe from several threads.</summary>
internal sealed class EndedJobs
{
    private readonly Lock gate = new();
    private readonly List<KeptOutcome> outcomes = [];
    private readonly Dictionary<string, Conclusion> worst = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Of the jobs that have ended so far, but for those that did not run.</summary>
    public IReadOnlyList<KeptOutcome> Outcomes
    {
        get
        {
            lock (gate)
            {
                return [.. outcomes];
            }
        }
    }

    /// <summary>Takes in a job's end, and says instead of "success() is false" which of its needs has spoiled it.</summary>
    public JobOutcome Explain(NodePlan node, LocalJob job, JobOutcome outcome)
    {
        lock (gate)
        {
            if (outcome.Conclusion != Conclusion.Skipped && job.Uses is null)
            {
                outcomes.Add(new KeptOutcome(job.Key, job.Index, outcome.Conclusion, outcome.Outputs));
            }

            names[job.Key] = NameOf(job);
            if (!(job.MayFail && outcome.Conclusion == Conclusion.Failure) && worst.GetValueOrDefault(job.Key) is Conclusion.Success or Conclusion.Skipped)
            {
                worst[job.Key] = outcome.Conclusion;
            }

            if (outcome is not { Conclusion: Conclusion.Skipped, Reason: Condition.Unsuccessful })
            {
                return outcome;
            }

            var spoiled = node.Needs.Where(key => worst.GetValueOrDefault(key) != Conclusion.Success)
                .Select(key => $"{names[key]}, which {Words(worst[key])}").ToList();
            return spoiled.Count == 0 ? outcome : outcome with { Reason = $"it needs {string.Join(", and ", spoiled)}" };
        }
    }

    /// <summary>As the job is shown, but for the combination: what needs a job needs all of its matrix.</summary>
    private static string NameOf(LocalJob job)
    {
        if (job.Matrix is null)
        {
            return job.Name;
        }

        var id = job.Key[(job.Key.LastIndexOf('/') + 1)..];
        return job.Caller is { } caller ? $"{caller.Name} / {id}" : id;
    }

    private static string Words(Conclusion conclusion) => conclusion switch
    {
        Conclusion.Skipped => "was skipped",
        Conclusion.Cancelled => "was cancelled",
        Conclusion.TimedOut => "timed out",
        _ => "failed",
    };
}
