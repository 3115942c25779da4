using Capstan.Contracts;
using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>
/// The status functions where a job's <c>if</c> stands: they look at all ancestors, not at the direct needs alone, so a job after a skipped one is skipped
/// too unless it says otherwise. A run that is to end counts as cancelled and as nothing else.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
internal sealed class JobStatusFunctions(NodeState node, bool cancelled, IReadOnlyList<NodeState> needs) : IStatusFunctions
{
    public bool Success(IReadOnlyList<string> jobs) =>
        !cancelled && (jobs.Count == 0 ? node.AncestorsSucceeded : jobs.All(job => Result(job) == Conclusion.Success));

    public bool Failure(IReadOnlyList<string> jobs) =>
        !cancelled && (jobs.Count == 0 ? node.AncestorFailed : jobs.Any(job => Result(job) == Conclusion.Failure));

    public bool Cancelled() => cancelled;

    private Conclusion? Result(string job) => needs.FirstOrDefault(n => string.Equals(n.Id, job, StringComparison.OrdinalIgnoreCase))?.Result;
}
