using Capstan.Runner.Actions;
using Capstan.Runner.Artifacts;
using Capstan.Runner.Caches;
using Capstan.Runner.Checkout;
using Capstan.Runner.Commands;
using Capstan.Runner.Processes;

namespace Capstan.Runner.Jobs;

/// <summary>Where and how one job runs on this machine. Folders are absolute; missing ones are created.</summary>
public sealed record JobRunnerSettings
{
    /// <summary><c>GITHUB_WORKSPACE</c> itself: the job's own folder, filled or empty.</summary>
    public required string Workspace { get; init; }

    /// <summary><c>RUNNER_TEMP</c>: the job's own, removed with all that is in it when the job ends, as is <c>_actions</c> beside it. No other job's may be in the same folder.</summary>
    public required string Temp { get; init; }

    /// <summary><c>RUNNER_TOOL_CACHE</c>: shared by jobs.</summary>
    public required string ToolCache { get; init; }

    public required string RunnerName { get; init; }

    /// <summary>What the built-in <c>actions/checkout</c> does.</summary>
    public required ICheckoutSource Checkout { get; init; }

    /// <summary>What the built-in actions for artifacts work on.</summary>
    public required IArtifactStore Artifacts { get; init; }

    /// <summary>What the built-in actions for caches work on.</summary>
    public required ICacheStore Caches { get; init; }

    public ActionSettings Actions { get; init; } = new();

    /// <summary>What a step's environment starts from; see <see cref="Steps.BaseEnvironment"/>. Never the whole environment of this process.</summary>
    public required IReadOnlyDictionary<string, string> BaseEnvironment { get; init; }

    public MachineSettings Machine { get; init; } = new();

    /// <summary>Added to the <c>env</c> context below the workflow's own.</summary>
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where the job begins, instead of at its first step: in folders that a job of the same workflow left.</summary>
    public JobCheckpoint? Resume { get; init; }

    /// <summary>Leaves <see cref="Temp"/> and what is beside it to the caller, who removes them.</summary>
    public bool KeepTemp { get; init; }

    /// <summary>What earlier jobs have left for <see cref="Temp"/>, on the same file system. Null: it is made anew, and removed.</summary>
    internal SpareFolders? Spares { get; init; }

    /// <summary>
    /// Called with the first step that fails and may not, on its thread, before anything else of the job happens; the innermost one where actions stand in actions. The job goes on
    /// when it returns. Null: nobody is told.
    /// </summary>
    public Action<FailedStep>? StepFailed { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>How long cancelled processes have; tests shorten it.</summary>
    internal Grace Grace { get; init; } = Grace.Default;

    /// <summary>Begins the thread of a step in the background; a test's machine may have none left.</summary>
    internal Action<Thread> StartThread { get; init; } = static thread => thread.Start();

    /// <summary>Ends everything of the job at once, without grace and without further steps: the execution was lost.</summary>
    public CancellationToken Kill { get; init; }
}
