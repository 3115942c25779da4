using System.Text.Json;
using Capstan.Server.Data;
using Capstan.Workflows;
using Capstan.Workflows.Definitions;

namespace Capstan.Server.Runs;

/// <summary>A workflow fired: what its run is made of.</summary>
public sealed record NewRun
{
    public required RepositoryId Repository { get; init; }

    /// <summary>In the repository, for example <c>.github/workflows/ci.yml</c>.</summary>
    public required string WorkflowPath { get; init; }

    /// <summary>Git's name of the file's content.</summary>
    public required string BlobSha { get; init; }

    public required string YamlContent { get; init; }

    /// <summary>Null when the file is invalid: the run then ends at once as <c>startup_failure</c>, with the diagnostics.</summary>
    public required WorkflowDefinition? Definition { get; init; }

    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>The files that it calls, directly or not, as they were found.</summary>
    public IReadOnlyList<CalledFile> Called { get; init; } = [];

    /// <summary>One event makes at most one run of a workflow.</summary>
    public required TriggerEventId TriggerEvent { get; init; }

    public required string Event { get; init; }

    /// <summary><c>github.event</c>.</summary>
    public required JsonElement Payload { get; init; }

    public required string Ref { get; init; }
    public required string HeadSha { get; init; }

    /// <summary>Where the commit comes from; null: the repository itself.</summary>
    public RepositoryId? HeadRepository { get; init; }

    public required UserId Actor { get; init; }

    /// <summary>What lists show; null: the workflow's name.</summary>
    public string? Title { get; init; }

    /// <summary>Of <c>workflow_dispatch</c>, checked and with their types; an object, or undefined.</summary>
    public JsonElement Inputs { get; init; }

    /// <summary>From a fork or another untrusted source.</summary>
    public bool Restricted { get; init; }
}

/// <param name="Number">From 1, without gaps, per workflow.</param>
/// <param name="WakeUps">The channels to signal after the commit.</param>
public sealed record CreatedRun(RunId Id, long Number, IReadOnlyList<string> WakeUps);
