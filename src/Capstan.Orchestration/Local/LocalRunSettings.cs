using Capstan.Contracts;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;

namespace Capstan.Orchestration.Local;

/// <summary>What a local run needs from its caller.</summary>
public sealed record LocalRunSettings
{
    /// <summary>
    /// Executes one job. The order has no job token: the caller adds what it has. The token is cancelled when the job is to end; the job still
    /// answers with its outcome. May be called from several threads at once, up to <see cref="JobsAtOnce"/>.
    /// </summary>
    public required Func<LocalJob, JobOrder, CancellationToken, JobOutcome> Execute { get; init; }

    /// <summary>The secrets of the run's own workflow; a job of a called one gets what its callers pass on.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = NodeState.NoOutputs;

    /// <summary>What the environment of this name has for its jobs.</summary>
    public Func<string, EnvironmentValues> EnvironmentOf { get; init; } = _ => EnvironmentValues.None;

    /// <summary>A job that calls a workflow does so now; the called jobs come after it.</summary>
    public Action<LocalJob> CallBegun { get; init; } = _ => { };

    /// <summary>A job's <c>needs</c> and <c>if</c> are met and it waits for a place.</summary>
    public Action<LocalJob> Queued { get; init; } = _ => { };

    /// <summary>
    /// A job ended that was never executed: skipped, cancelled while it waited, or failed before its first step; the outcome's reason says why. Or one that
    /// called a workflow, after all that it called.
    /// </summary>
    public Action<LocalJob, JobOutcome> Ended { get; init; } = (_, _) => { };

    /// <summary>Jobs executed at once.</summary>
    /// <value>The number of processors.</value>
    public int JobsAtOnce { get; init; } = Environment.ProcessorCount;
}

/// <summary>A job of a local run: one combination of its matrix.</summary>
/// <param name="Key">In the file; of a called job after those of its callers: <c>deploy/build</c>.</param>
/// <param name="Index">From 0, in the order of the matrix.</param>
/// <param name="Name">As shown: <c>build (ubuntu, 20)</c>.</param>
/// <param name="Matrix">Null without a matrix.</param>
/// <param name="Labels">What <c>runs-on</c> gave: lower case and sorted.</param>
/// <param name="MayFail"><c>continue-on-error</c>: jobs that need it see its failure as success.</param>
public sealed record LocalJob(string Key, int Index, string Name, ObjectValue? Matrix, ObjectValue Strategy, IReadOnlyList<string> Labels, bool MayFail = false)
{
    /// <summary>The name of its environment; null: it has none.</summary>
    public string? Environment { get; init; }

    /// <summary>The workflow that the job calls; null for one with steps.</summary>
    public string? Uses { get; init; }

    /// <summary>The job whose called workflow it is of; null in the run's own workflow.</summary>
    public LocalJob? Caller { get; init; }

    /// <summary>The key in the run's own workflow: the job's, or that of the outermost job that called it.</summary>
    public string TopKey => Caller?.TopKey ?? Key;

    /// <summary>The keys in the files, those of its callers first: <c>deploy/build</c>, whichever leg of the caller's matrix it is of.</summary>
    public string Path => Caller is null ? Key : $"{Caller.Path}/{NodeKey.IdOf(Key)}";

    /// <summary>Whether it is the same job of one run.</summary>
    public bool Equals(LocalJob? other) => other is not null && Key == other.Key && Index == other.Index;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal) + Index;
}

/// <summary>How a job ended.</summary>
/// <param name="Conclusion">Skipped: the caller has no place where this job could run; jobs that need it see it as skipped.</param>
/// <param name="Reason">For people, when the conclusion alone does not say why.</param>
public sealed record JobOutcome(Conclusion Conclusion, string? Reason = null)
{
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = NodeState.NoOutputs;

    /// <summary>Where what the job deployed can be looked at; null when it does not say.</summary>
    public string? EnvironmentUrl { get; init; }
}
