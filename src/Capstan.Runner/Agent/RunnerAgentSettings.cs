using Capstan.Runner.Actions;
using Capstan.Runner.Jobs;

namespace Capstan.Runner.Agent;

/// <summary>What <c>capstan runner start</c> needs.</summary>
public sealed record RunnerAgentSettings
{
    /// <summary>Written by <see cref="RunnerRegistration"/>.</summary>
    public required string RegistrationFile { get; init; }

    /// <summary>Absolute; holds workspaces, temporary files, the tool cache and log spools. One agent a folder.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>How many jobs at once, from 1.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>What this machine's owner says about actions; where they are fetched from and kept, the agent adds.</summary>
    public ActionSettings Actions { get; init; } = new();

    public MachineSettings Machine { get; init; } = new();

    /// <summary>See <see cref="Steps.BaseEnvironment"/>.</summary>
    public required IReadOnlyDictionary<string, string> BaseEnvironment { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>A line for the person or journal that watches the agent; may be called from any thread.</summary>
    public required Action<string> Report { get; init; }

    /// <summary>Cancels the running jobs, too: the second signal.</summary>
    public CancellationToken CancelJobs { get; init; }
}

/// <summary>Why an agent ended.</summary>
public enum RunnerAgentEnd
{
    /// <summary>It was asked to, and its jobs have ended.</summary>
    Drained,

    /// <summary>The server no longer speaks this version; the registration is kept.</summary>
    VersionUnsupported,

    /// <summary>The server does not know this runner (any more).</summary>
    NotRegistered,

    /// <summary>There is no registration file, or it cannot be read.</summary>
    NoRegistration,

    /// <summary>Another agent works in the folder.</summary>
    FolderInUse,
}
