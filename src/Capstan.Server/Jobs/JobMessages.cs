using Capstan.Contracts.RunnerProtocol;
using Capstan.Orchestration;
using Capstan.Orchestration.Calls;
using Capstan.Server.Data;
using Capstan.Server.Hosting;
using Capstan.Server.Identity;
using Capstan.Server.Runs;
using Capstan.Server.Secrets;
using Capstan.Workflows.Expressions;
using Npgsql;

namespace Capstan.Server.Jobs;

/// <summary>Builds what a runner is told about the execution it has just claimed. Never stored. Thread-safe.</summary>
internal sealed class JobMessages(
    Database database, RunPlans plans, RunFactsQueries facts, JobTokens tokens, JobSecrets secrets, VariableStore variables, ServerAddresses addresses, ServerOptions options)
{
    private const string TokenSecret = "GITHUB_TOKEN";

    /// <summary>Until the workflow's <c>permissions</c> are honoured a job token reads its own repository and no more.</summary>
    private static readonly Dictionary<string, string> Permissions = new(StringComparer.Ordinal) { ["contents"] = "read" };

    public async Task<JobMessage> BuildAsync(Claim claim, CancellationToken cancellationToken)
    {
        var job = claim.Job;
        var (plan, contexts, needs, callers) = await ReadAsync(job, cancellationToken);
        var node = plan[job.Key];
        var environment = await EnvironmentAsync(job.Secrets, cancellationToken);
        var token = await tokens.IssueAsync(
            new JobTokenContent(claim.Execution, claim.FencingToken, job.Run, job.Id, job.Key, job.Repository, job.Ref, Permissions), cancellationToken);
        return new JobMessage
        {
            ExecutionId = claim.Execution.Value,
            FencingToken = claim.FencingToken,
            RunId = job.Run.Value,
            JobId = job.Id.Value,
            JobKey = node.Job.Id,
            JobName = job.Name,
            Definition = plan.ContentOf(job.Key),
            Contexts = contexts.ForMessage(node, needs, Object(job.Matrix), Object(job.Strategy) ?? ObjectValue.Empty, callers is [.., { Facts: var within }] ? within : null, environment),
            Secrets = CallSecrets.Of(await SecretsAsync(job.Secrets, token, cancellationToken), contexts, callers, environment),
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

    /// <summary>What a run that is not trusted gets of its job's environment: nothing, not even its variables.</summary>
    private async ValueTask<EnvironmentValues> EnvironmentAsync(ClaimedSecrets claimed, CancellationToken cancellationToken) =>
        claimed is { Allowed: true, Environment: { } environment }
            ? new EnvironmentValues
            {
                Secrets = await secrets.OfAsync(environment.Id, environment.SecretsVersion, cancellationToken),
                Vars = await variables.OfAsync(environment.Id, cancellationToken),
            }
            : EnvironmentValues.None;

    private static ObjectValue? Object(string? json) => json is null ? null : ValueJson.Parse(json) as ObjectValue;

    private async Task<(RunPlan Plan, RunContexts Contexts, IReadOnlyList<NodeState> Needs, IReadOnlyList<CallerOfJob> Callers)> ReadAsync(
        ClaimedJob job, CancellationToken cancellationToken)
    {
        if (plans.Kept(job.Version) is { } kept && kept[job.Key] is { Needs.Count: 0, Caller: null } && facts.Kept(job.Attempt) is { } known)
        {
            return (kept, known, [], []);
        }

        await using var connection = await database.Jobs.OpenAsync(cancellationToken);
        var plan = await plans.OfAsync(connection, job.Version, cancellationToken);
        var contexts = await facts.ContextsAsync(connection, job.Attempt, cancellationToken);
        var node = plan[job.Key];
        var needs = await RunDriver.NodesAsync(connection, job.Attempt, node.Needs, cancellationToken);
        return (plan, contexts, needs, await CallersAsync(connection, plan, node, job.Attempt, cancellationToken));
    }

    /// <summary>The calls that a job stands under, from the run's own workflow inwards.</summary>
    private static async Task<IReadOnlyList<CallerOfJob>> CallersAsync(
        NpgsqlConnection connection, RunPlan plan, NodePlan node, AttemptId attempt, CancellationToken cancellationToken)
    {
        var chain = new Stack<CallLeg>();
        for (var call = node.Caller; call is not null; call = plan[call.Key].Caller)
        {
            chain.Push(call);
        }

        if (chain.Count == 0)
        {
            return [];
        }

        var found = await RunDriver.CallsAsync(connection, attempt, [.. chain], cancellationToken);
        var callers = new List<CallerOfJob>(chain.Count);
        foreach (var call in chain)
        {
            var caller = plan[call.Key];
            var needs = await RunDriver.NodesAsync(connection, attempt, caller.Needs, cancellationToken);
            callers.Add(new CallerOfJob(caller, needs, found[call], callers is [.., { Facts: var within }] ? within : null));
        }

        return callers;
    }
}
