using System.Text;
using Capstan.Server.Data;

namespace Capstan.Server.Caches;

/// <summary>Which caches a job may use.</summary>
/// <param name="Ref">Its run's: the scope that it writes.</param>
/// <param name="Readable">The scopes that it reads, in the order in which they are looked through.</param>
/// <param name="MayWrite">A run that is not trusted writes only what no other ref reads: a pull request's own.</param>
internal sealed record CacheAccess(RepositoryId Repository, string Ref, IReadOnlyList<string> Readable, bool MayWrite);

/// <summary>
/// Decides from a job's run which caches it may read and write: its own ref, the base of its pull request, the default branch; never a sibling's, so that nobody
/// can slip another branch something. Thread-safe.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
/// </summary>
internal sealed class CacheScopes(Database database)
{
    private const string Heads = "refs/heads/";
    private const string Pull = "refs/pull/";

    /// <summary>UTF-8: what is longer does not fit into the index beside key and version.</summary>
    private const int MaxRefBytes = 1000;

    internal const string Select = """
        select r.repository_id, r.ref, r.trust = 'full' as is_trusted, p.default_branch, t.payload #>> '{pull_request,base,ref}' as base_branch
          from actions_job_executions e
          join actions_jobs j on j.id = e.job_id
          join actions_workflow_runs r on r.id = j.run_id
          join repositories p on p.id = r.repository_id
          join trigger_events t on t.id = r.trigger_event_id
         where e.id = @Execution
        """;

    public async Task<CacheAccess> OfAsync(ExecutionId execution, CancellationToken cancellationToken)
    {
        var row = await database.ReadSingleOrDefaultAsync<Row>(Select, new { Execution = execution.Value }, cancellationToken)
            ?? throw new InvalidOperationException($"There is no execution {execution.Value}.");
        string?[] readable = [row.Ref, row.BaseBranch is { } branch ? Heads + branch : null, Heads + row.DefaultBranch];
        return new CacheAccess(
            row.RepositoryId,
            row.Ref,
            [.. readable.OfType<string>().Distinct(StringComparer.Ordinal)],
            (row.IsTrusted || row.Ref.StartsWith(Pull, StringComparison.Ordinal)) && Encoding.UTF8.GetByteCount(row.Ref) <= MaxRefBytes);
    }

    private sealed record Row(RepositoryId RepositoryId, string Ref, bool IsTrusted, string DefaultBranch, string? BaseBranch);
}
