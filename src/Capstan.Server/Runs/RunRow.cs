using Capstan.Contracts;
using Capstan.Orchestration;
using Capstan.Server.Data;

namespace Capstan.Server.Runs;

/// <summary>A run with its newest attempt, locked by whoever holds this: what a decision starts from.</summary>
/// <param name="IsTrusted">Whether it gets secrets, and may make environments by naming them.</param>
/// <param name="Priority">Of the jobs it queues.</param>
/// <param name="Version">Raised by every decision; a second decision from the same version is refused.</param>
internal sealed record RunRow(
    RunId Id,
    AttemptId Attempt,
    WorkflowVersionId WorkflowVersion,
    RepositoryId Repository,
    OrganizationId Organization,
    bool IsTrusted,
    int Priority,
    long Version,
    Status Status,
    RunState State);
