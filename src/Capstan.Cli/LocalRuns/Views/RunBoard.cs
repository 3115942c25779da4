using Capstan.Cli.Terminals;
using Capstan.Contracts;
using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration.Local;

namespace Capstan.Cli.LocalRuns.Views;

/// <summary>What a person's view remembers of a run while it goes on. Not safe for concurrent use; the view locks.</summary>
internal sealed class RunBoard(RunTag run, Terminal terminal) : IDisposable
{
    private readonly Dictionary<LocalJob, JobRow> byJob = new(new SameJob());
    private readonly List<JobRow> rows = [];
    private JobRow? last;

    public RunTag Run { get; } = run;

    /// <summary>In the order in which they were first heard of.</summary>
    public IReadOnlyList<JobRow> Jobs => rows;

    /// <summary>The files of what the run uploaded, known at its end.</summary>
    public IReadOnlyList<string> Artifacts { get; set; } = [];

    public JobRow this[LocalJob job]
    {
        get
        {
            // Line after line of output is of one job: it need not be looked for.
            if (last is not null && ReferenceEquals(last.Job, job))
            {
                return last;
            }

            if (!byJob.TryGetValue(job, out last))
            {
                byJob[job] = last = new JobRow(job, terminal);
                rows.Add(last);
            }

            return last;
        }
    }

    public void Dispose() => rows.ForEach(r => r.Dispose());

    /// <summary>Their own equality. Given, because .NET makes by reflection what compares the keys of a dictionary otherwise.</summary>
    private sealed class SameJob : IEqualityComparer<LocalJob>
    {
        public bool Equals(LocalJob? x, LocalJob? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode(LocalJob obj) => obj.GetHashCode();
    }
}

internal sealed class JobRow(LocalJob job, Terminal terminal) : IDisposable
{
    private readonly List<StepRow> steps = [];
    private readonly List<StepRow> running = [];

    public LocalJob Job { get; } = job;

    /// <summary>Set when it was given a place; null for jobs that ended without one.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    /// <summary>Set when it has ended.</summary>
    public JobOutcome? Outcome { get; set; }

    /// <summary>It called a workflow: the called jobs are what ran.</summary>
    public bool IsCall => Job.Uses is not null && StartedAt is not null;

    /// <summary>How it ended is said by the jobs that it called, unless it has a reason of its own.</summary>
    public bool IsToldByOthers => IsCall && Outcome?.Reason is null;

    public bool HasFailed => Outcome?.Conclusion is Conclusion.Failure or Conclusion.TimedOut;

    /// <summary>Those that made the job fail; a failure that <c>continue-on-error</c> allows did not.</summary>
    public IEnumerable<StepRow> FailedSteps => steps.Where(step => step.Report?.Conclusion is Conclusion.Failure or Conclusion.TimedOut);

    /// <summary>Where it can go on; null when nothing of it is kept.</summary>
    public (string Step, string Workspace)? Kept { get; set; }

    public List<Annotation> Annotations { get; } = [];

    /// <summary>What its steps wrote for people, in the order of writing.</summary>
    public List<string> Summaries { get; } = [];

    /// <summary>By their numbers.</summary>
    public IReadOnlyList<StepRow> Steps => steps;

    /// <summary>Number 0 is the job's own output.</summary>
    public StepRow Step(int number)
    {
        // Steps begin in their order, so the place is at the end or near it.
        var at = steps.FindLastIndex(s => s.Number <= number);
        if (at >= 0 && steps[at].Number == number)
        {
            return steps[at];
        }

        var row = new StepRow(number, new StepOutput(terminal));
        steps.Insert(at + 1, row);
        return row;
    }

    /// <summary>Takes in what is new of a step, and notes which run at the same time.</summary>
    public void Report(StepReport report)
    {
        var row = Step(report.Number);
        row.Report = report;
        // `Remove` has .NET make a comparer by reflection.
        running.RemoveAll(one => ReferenceEquals(one, row));
        if (report.Status != Status.InProgress)
        {
            return;
        }

        running.Add(row);
        foreach (var one in running)
        {
            one.IsBesideOthers |= running.Count > 1;
        }
    }

    public void Dispose()
    {
        foreach (var step in steps)
        {
            step.Log.Dispose();
        }
    }
}

internal sealed class StepRow(int number, StepOutput output) : IDisposable
{
    public int Number { get; } = number;

    /// <summary>Whether a line with its name stands above its output already.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>Another step was in progress while it was.</summary>
    public bool IsBesideOthers { get; set; }

    /// <summary>The newest; null for the job's own output and before the first.</summary>
    public StepReport? Report { get; set; }

    /// <summary>What of its output is for people.</summary>
    public StepOutput Output { get; } = output;

    /// <summary>That output, as far as it is kept.</summary>
    public StepLog Log { get; } = new();

    /// <summary>Its last lines.</summary>
    public LineTail Tail { get; } = new();

    /// <summary>Null for what stands in no workflow's file.</summary>
    public StepPlace? Place { get; set; }

    public bool Failed => Report?.Outcome is Conclusion.Failure or Conclusion.TimedOut || Report?.Conclusion is Conclusion.Failure or Conclusion.TimedOut;

    public void Dispose() => Log.Dispose();
}
