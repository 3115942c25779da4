using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration.Forecasts;

/// <summary>What a run would do, as far as that is known before it begins. Immutable.</summary>
public sealed record RunForecast
{
    /// <summary>The workflow's, if it has one.</summary>
    public ConcurrencyForecast? Concurrency { get; init; }

    /// <summary>In file order.</summary>
    public required IReadOnlyList<JobForecast> Jobs { get; init; }
}

/// <summary>A text of the workflow: its value, or, while that is not known, the text as its author wrote it.</summary>
/// <param name="DependsOn">What is not known yet, as the expressions name it; empty when the value is known.</param>
/// <param name="Error">Why there is no value at all; null when there is, or will be.</param>
public sealed record TextForecast(string Text, IReadOnlyList<string> DependsOn, string? Error = null)
{
    public bool IsKnown => DependsOn.Count == 0 && Error is null;
}

/// <summary>A condition and what is known of it.</summary>
/// <param name="Expression">With <c>success()</c> where the file does not say it.</param>
/// <param name="IsDefault">The file has no condition.</param>
public sealed record ConditionForecast(string Expression, bool IsDefault, ForeseenCondition Foreseen)
{
    /// <summary>Null: known later.</summary>
    public bool? Holds => Foreseen.Holds;

    /// <summary>As its author wrote it.</summary>
    public string Written => Condition.Written(Expression);
}

/// <param name="CancelsInProgress">Null: known later.</param>
/// <param name="Queue">single or max.</param>
public sealed record ConcurrencyForecast(TextForecast Group, bool? CancelsInProgress, string Queue);

/// <summary>What a job deploys to.</summary>
/// <param name="IsDeployment">Whether a deployment is recorded.</param>
public sealed record EnvironmentForecast(TextForecast Name, TextForecast? Url, bool IsDeployment);

/// <summary>Names of secrets, never values.</summary>
/// <param name="Names">In alphabetical order, without repetition.</param>
/// <param name="IsEverything">An expression names the secrets as a whole, or computes a name: every secret of the repository may be read.</param>
public sealed record VisibleSecrets(IReadOnlyList<string> Names, bool IsEverything);

/// <summary>One job of the file.</summary>
public sealed record JobForecast
{
    /// <summary>In the file.</summary>
    public required string Key { get; init; }

    /// <summary>Without its matrix.</summary>
    public required string Name { get; init; }

    /// <summary>Keys of the jobs that it waits for.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    public required ConditionForecast Condition { get; init; }

    /// <summary>Why the job would end as failure before its first step; null when nothing is known to be in the way.</summary>
    public string? Refusal { get; init; }

    /// <summary>The jobs that the matrix makes, one without a matrix; empty when it will not run. While the matrix is not known, one stands for all.</summary>
    public IReadOnlyList<LegForecast> Legs { get; init; } = [];

    /// <summary>What the matrix depends on; empty when it is known, or there is none.</summary>
    public IReadOnlyList<string> MatrixDependsOn { get; init; } = [];

    /// <summary>How many of the legs may run at once.</summary>
    public int MaxParallel { get; init; } = 1;

    public bool FailFast { get; init; } = true;

    /// <summary>The workflow that it calls; it has no steps then.</summary>
    public string? Uses { get; init; }

    /// <summary>The jobs of the workflow that it calls, in file order: one forecast for all legs of this one.</summary>
    public IReadOnlyList<JobForecast> Called { get; init; } = [];

    public IReadOnlyList<StepForecast> Steps { get; init; } = [];

    /// <summary>Secrets that are read for the job as a whole: its container, its services, its outputs, what it hands to a called workflow.</summary>
    public required VisibleSecrets Secrets { get; init; }

    /// <summary>What the job's token may do; null: what the repository's setting gives.</summary>
    public PermissionSet? Permissions { get; init; }
}

/// <summary>One combination of a job's matrix, or the job without one.</summary>
/// <param name="Name">As shown: <c>build (ubuntu, 20)</c>.</param>
/// <param name="Matrix">Null without a matrix, and while it is not known.</param>
/// <param name="Labels">Of <c>runs-on</c>, lower case and sorted; empty while they are not known.</param>
public sealed record LegForecast(string Name, ObjectValue? Matrix, IReadOnlyList<string> Labels)
{
    /// <summary>What <c>runs-on</c> depends on; empty when the labels are known.</summary>
    public IReadOnlyList<string> LabelsDependOn { get; init; } = [];

    /// <summary><c>continue-on-error</c>; null: known later.</summary>
    public bool? MayFail { get; init; } = false;

    public EnvironmentForecast? Environment { get; init; }
    public ConcurrencyForecast? Concurrency { get; init; }

    /// <summary>Numbers of the steps whose conditions are known not to hold in this leg.</summary>
    public IReadOnlyList<int> SkippedSteps { get; init; } = [];
}

/// <summary>One step of a job.</summary>
/// <param name="Number">From 1, in the order of the file; the members of a group are counted one by one.</param>
/// <param name="Group">The number of the group of steps that run at the same time; null outside of one.</param>
/// <param name="Condition">Of several legs: holds, or does not, only when it is so in all of them.</param>
/// <param name="Secrets">Those that its expressions can read: its own, and those of the environment around it. <c>GITHUB_TOKEN</c> is always among them.</param>
public sealed record StepForecast(int Number, string Id, TextForecast Name, string? Uses, int? Group, ConditionForecast Condition, VisibleSecrets Secrets)
{
    /// <summary>Whether later steps start before it has ended. Not of the members of a group: the step behind the group waits for them.</summary>
    public bool IsBackground { get; init; }

    /// <summary>Ids of the background steps that it waits for; null for one that waits for none, or for all.</summary>
    public IReadOnlyList<string>? WaitsFor { get; init; }

    /// <summary>Whether it waits for all background steps above it.</summary>
    public bool WaitsForAll { get; init; }

    /// <summary>Id of the background step that it cancels.</summary>
    public string? Cancels { get; init; }
}
