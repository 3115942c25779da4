using Capstan.Contracts;
using Capstan.Server.Data;

namespace Capstan.Server.Logs;

/// <summary>A job as its log sees it.</summary>
/// <param name="Execution">The newest one that a runner has taken; null while there is none.</param>
/// <param name="Conclusion">Set when the job has ended: its log will not grow any more.</param>
/// <param name="IsExpired">It was there and is not kept any longer.</param>
public sealed record JobLog(JobId Job, RunId Run, ExecutionId? Execution, Conclusion? Conclusion, bool IsExpired = false)
{
    public bool HasEnded => Conclusion is not null;
}

/// <summary>Finds whose log to show: a job's newest execution, or that of the job it was taken over from.</summary>
public sealed class JobLogs(Database database)
{
    private const string Find = """
        select j.id as job, j.run_id as run, e.id as execution, j.conclusion, a.expired_at is not null as is_expired
          from actions_jobs j
          join actions_workflow_runs r on r.id = j.run_id
          left join lateral (
               select id from actions_job_executions
                where job_id = coalesce(j.reused_from, j.id) and started_at is not null order by number desc limit 1) e on true
          left join actions_log_archives a on a.job_execution_id = e.id
         where j.id = @Job and r.repository_id = @Repository
        """;

    /// <returns>Null when the repository has no such job.</returns>
    public async Task<JobLog?> FindAsync(RepositoryId repository, JobId job, CancellationToken cancellationToken)
    {
        var row = await database.ReadSingleOrDefaultAsync<Row>(Find, new { Job = job.Value, Repository = repository.Value }, cancellationToken);
        return row is null ? null : new JobLog(new JobId(row.Job), new RunId(row.Run), row.Execution is { } id ? new ExecutionId(id) : null,
            row.Conclusion is { } name ? StatusNames.ParseConclusion(name) : null, row.IsExpired);
    }

    private sealed record Row(long Job, long Run, long? Execution, string? Conclusion, bool IsExpired);
}
