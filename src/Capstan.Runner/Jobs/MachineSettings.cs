namespace Capstan.Runner.Jobs;

/// <summary>
/// What the owner of a machine says about the jobs on it, in the environment of the program that runs them. Names are those of GitHub's runner. Immutable.
/// Source: https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/run-scripts
/// </summary>
public sealed record MachineSettings
{
    private const string StartedVariable = "ACTIONS_RUNNER_HOOK_JOB_STARTED";
    private const string CompletedVariable = "ACTIONS_RUNNER_HOOK_JOB_COMPLETED";
    private const string MarkersVariable = "ACTIONS_RUNNER_EMIT_COMPOSITE_MARKERS";

    /// <summary>The variables that are looked at.</summary>
    public static IReadOnlyList<string> Variables { get; } = [StartedVariable, CompletedVariable, MarkersVariable];

    /// <summary>A script that runs before a job's first step; null: none.</summary>
    public string? StartedHook { get; init; }

    /// <summary>A script that runs after a job's last step, also when the job failed or was cancelled; null: none.</summary>
    public string? CompletedHook { get; init; }

    /// <summary>Whether the log says where each step of a composite action begins and ends.</summary>
    public bool CompositeMarkers { get; init; }

    /// <param name="variable">Answers the value of an environment variable.</param>
    public static MachineSettings From(Func<string, string?> variable) => new()
    {
        StartedHook = Given(variable(StartedVariable)),
        CompletedHook = Given(variable(CompletedVariable)),
        CompositeMarkers = string.Equals(variable(MarkersVariable), "true", StringComparison.OrdinalIgnoreCase),
    };

    private static string? Given(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
