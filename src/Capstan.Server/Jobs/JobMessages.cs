using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Workflows.Expressions;

namespace Capstan.Server.Jobs;

/// <summary>Builds what a runner is told about the execution it has just claimed. Never stored. Thread-safe.</summary>
internal sealed class JobMessages(Database database, RunPlans plans, RunFactsQueries facts, JobTokens tokens, JobSecrets secrets, ServerAddresses addresses, ServerOptions options)
{
    private const string TokenSecret = "GITHUB_TOKEN";

    /// <summary>Until the workflow's <c>permissions</c> are honoured a job token reads its own repository and no more.</summary>
    private static readonly Dictionary<string, string> Permissions = new(StringComparer.Ordinal) { ["contents"] = "read" };

    public async Task<JobMessage> BuildAsync(Claim claim, CancellationToken cancellationToken)
    {
        var job = claim.Job;
        var (plan, contexts, needs) = await ReadAsync(job, cancellationToken);
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
            Definition = plan.ContentOf(job.Key),
            Contexts = contexts.ForMessage(plan[job.Key], needs, Object(job.Matrix), Object(job.Strategy) ?? ObjectValue.Empty, within: null),
            Secrets = await SecretsAsync(job.Secrets, token, cancellationToken),
            ServerUrl = addresses.JobUrl,
            Token = token,
            ActionsUpstream = options.ActionsUpstream,
        };
    }

    /// <summary>A run that is not trusted gets its own token and nothing else.</summary>
    private async ValueTask<Dictionary<string, string>> SecretsAsync(ClaimedSecrets claimed, string token, CancellationToken cancellationToken)
    {
        IEnumerable<KeyValuePair<string, string>> own = claimed.Allowed ? await secrets.OfAsync(claimed.Repository, claimed.Version, cancellationToken) : [];
        return new Dictionary<string, string>(own, StringComparer.Ordinal) { [TokenSecret] = token };
    }

    private static ObjectValue? Object(string? json) => json is null ? null : ValueJson.Parse(json) as ObjectValue;

    private async Task<(RunPlan Plan, RunContexts Contexts, IReadOnlyList<NodeState> Needs)> ReadAsync(ClaimedJob job, CancellationToken cancellationToken)
    {
        if (plans.Kept(job.Version) is { } kept && kept[job.Key].Needs.Count == 0 && facts.Kept(job.Attempt) is { } known)
        {
            return (kept, known, []);
        }

        await using var connection = await database.OpenAsync(cancellationToken);
        var plan = await plans.OfAsync(connection, job.Version, cancellationToken);
        var contexts = await facts.ContextsAsync(connection, job.Attempt, cancellationToken);
        return (plan, contexts, await RunDriver.NodesAsync(connection, job.Attempt, plan[job.Key].Needs, cancellationToken));
    }
}
