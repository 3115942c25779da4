using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Jobs;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>Builds what a runner is told about the execution it has just claimed. Never stored. Thread-safe.</summary>
internal sealed class JobMessages(Database database, RunPlans plans, RunFactsQueries facts, JobTokens tokens, ServerAddresses addresses)
{
    private const string TokenSecret = "GITHUB_TOKEN";

    private const string Sql = """
        select j.id, j.job_key, j.name, j.matrix::text, j.strategy::text, j.attempt_id, r.id, r.workflow_version_id, r.ref, o.path || '/' || p.path
        from actions_job_executions e
        join actions_jobs j on j.id = e.job_id
        join actions_workflow_runs r on r.id = j.run_id
        join repositories p on p.id = r.repository_id
        join organizations o on o.id = p.organization_id
        where e.id = $1
        """;

    /// <summary>Until the workflow's <c>permissions</c> are honoured a job token reads its own repository and no more.</summary>
    private static readonly Dictionary<string, string> Permissions = new(StringComparer.Ordinal) { ["contents"] = "read" };

    public async Task<JobMessage> BuildAsync(Claim claim, CancellationToken cancellationToken)
    {
        ClaimedJob job;
        RunPlan plan;
        RunContexts contexts;
        IReadOnlyList<NodeState> needs;
        await using (var connection = await database.OpenAsync(cancellationToken))
        {
            job = await ReadAsync(connection, claim.Execution, cancellationToken);
            plan = await plans.OfAsync(connection, job.Version, cancellationToken);
            contexts = await facts.ContextsAsync(connection, job.Run, cancellationToken);
            needs = await RunDriver.NodesAsync(connection, job.Attempt, plan[job.Key].Needs, cancellationToken);
        }

        var token = await tokens.IssueAsync(
            new JobTokenContent(claim.Execution, claim.FencingToken, job.Run, job.Id, job.Key, job.Repository, job.Ref, Permissions), cancellationToken);
        return new JobMessage
        {
            ExecutionId = claim.Execution.Value,
            FencingToken = claim.FencingToken,
            RunId = job.Run.Value,
            JobId = job.Id.Value,
            JobKey = job.Key,
            JobName = job.Name,
            Definition = JobContent.Write(plan.Workflow, plan[job.Key].Job),
            Contexts = contexts.ForMessage(job.Key, needs, Object(job.Matrix), Object(job.Strategy) ?? ObjectValue.Empty),
            Secrets = new Dictionary<string, string>(StringComparer.Ordinal) { [TokenSecret] = token },
            ServerUrl = addresses.JobUrl,
            Token = token,
        };
    }

    private static ObjectValue? Object(string? json) => json is null ? null : ValueJson.Parse(json) as ObjectValue;

    private static async Task<ClaimedJob> ReadAsync(NpgsqlConnection connection, ExecutionId execution, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new() { Value = execution.Value } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new InvalidOperationException($"There is no execution {execution.Value}.");
        }

        return new ClaimedJob(
            new JobId(reader.GetInt64(0)),
            reader.GetString(1),
            reader.GetString(2),
            reader.IsDBNull(3) ? null : reader.GetString(3),
            reader.IsDBNull(4) ? null : reader.GetString(4),
            new AttemptId(reader.GetInt64(5)),
            new RunId(reader.GetInt64(6)),
            new WorkflowVersionId(reader.GetInt64(7)),
            reader.GetString(8),
            reader.GetString(9));
    }

    private sealed record ClaimedJob(
        JobId Id, string Key, string Name, string? Matrix, string? Strategy, AttemptId Attempt, RunId Run, WorkflowVersionId Version, string Ref, string Repository);
}
