using Capstan.Contracts.RunnerProtocol;
using Capstan.Contracts.V1;
using Capstan.Server.Data;
using Dapper;

namespace Capstan.Server.Jobs;

/// <summary>The summaries that steps write for people. Thread-safe.</summary>
internal sealed class StepSummaries(Database database)
{
    /// <summary>
    /// Stores one while the execution is the key's; sent again it replaces. Beyond as many as a job shows nothing is stored.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
    /// </summary>
    internal const string StoreSql = """
        with mine as (
            select id from actions_job_executions where id = @Execution and runner_id = @Runner and fencing_token = @Token and status = 'in_progress' for key share
        ), stored as (
            insert into actions_step_summaries (job_execution_id, step, markdown)
            select id, @Step, @Markdown from mine
             where (select count(*) from actions_step_summaries s where s.job_execution_id = @Execution and s.step <> @Step) < @Most
            on conflict (job_execution_id, step) do update set markdown = excluded.markdown
        )
        select exists (select from mine)
        """;

    internal const string OfJobSql = """
        select s.step, t.name, s.markdown
          from actions_jobs j
          join actions_workflow_runs r on r.id = j.run_id
          cross join lateral (select id from actions_job_executions where job_id = coalesce(j.reused_from, j.id) order by number desc limit 1) e
          join actions_step_summaries s on s.job_execution_id = e.id
          left join actions_steps t on t.job_execution_id = e.id and t.number = s.step
         where j.id = @Job and r.repository_id = @Repository
         order by s.step
        """;

    /// <returns>False when the execution is not this runner's any more: nothing was stored.</returns>
    public async Task<bool> StoreAsync(ExecutionKey key, int step, string markdown, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var values = new
        {
            Execution = key.Execution.Value,
            Runner = key.Runner.Value,
            Token = key.FencingToken,
            Step = step,
            Markdown = markdown.Replace("\0", "", StringComparison.Ordinal),
            Most = Protocol.MaxSummariesPerJob,
        };
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(StoreSql, values, cancellationToken: cancellationToken));
    }

    /// <summary>Of a job's newest execution, by step; empty when the repository has no such job, too.</summary>
    public async Task<IReadOnlyList<StepSummaryResponse>> OfJobAsync(RepositoryId repository, JobId job, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return [.. await connection.QueryAsync<StepSummaryResponse>(new CommandDefinition(
            OfJobSql, new { Job = job.Value, Repository = repository.Value }, cancellationToken: cancellationToken))];
    }
}
