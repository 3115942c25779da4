using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Calls;

/// <summary>A call that a job stands under, with what its secrets may be made of.</summary>
/// <param name="Caller">The calling job.</param>
/// <param name="Needs">Of the calling job, with their results.</param>
/// <param name="Within">The call that the calling job itself stands under; null in the run's own workflow.</param>
public sealed record CallerOfJob(NodePlan Caller, IReadOnlyList<NodeState> Needs, CallFacts Facts, CallFacts? Within);

/// <summary>
/// Which secrets a job sees. In a called workflow: all of the caller's with <c>inherit</c>, else those that it names, under the names that it gives them. The
/// job's own token is always among them. Those of the job's environment no caller passes on or holds back, and they go before the others.
/// Source: https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#passing-inputs-and-secrets-to-a-reusable-workflow
/// </summary>
public static class CallSecrets
{
    private const string Token = "GITHUB_TOKEN";

    /// <param name="secrets">Of the run.</param>
    /// <param name="callers">From the run's own workflow inwards; empty for a job of it.</param>
    public static IReadOnlyDictionary<string, string> Of(
        IReadOnlyDictionary<string, string> secrets, RunContexts contexts, IEnumerable<CallerOfJob> callers, EnvironmentValues environment) =>
        EnvironmentValues.Over(callers.Aggregate(secrets, (seen, caller) => Given(seen, contexts, caller)), environment.Secrets);

    private static IReadOnlyDictionary<string, string> Given(IReadOnlyDictionary<string, string> secrets, RunContexts contexts, CallerOfJob call)
    {
        if (call.Caller.Job.Secrets is StringToken)
        {
            return secrets;
        }

        var given = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (call.Caller.Job.Secrets is MappingToken mapping)
        {
            var known = RunContexts.WithLeg(contexts.ForJob(call.Needs, call.Within), (Value?)call.Facts.Matrix ?? Value.Null, call.Facts.Strategy);
            var seen = new Dictionary<string, Value>(known, StringComparer.OrdinalIgnoreCase) { ["secrets"] = ObjectValue.OfTexts(secrets) };
            var evaluation = new EvaluationContext { Contexts = seen };
            foreach (var (name, value) in mapping.Entries)
            {
                // One that cannot be evaluated is as one that is not set: its message could tell a secret.
                if (name is StringToken text && TemplateEvaluator.EvaluateString(value, evaluation) is { IsValid: true, Value: { Length: > 0 } secret })
                {
                    given[text.Value] = secret;
                }
            }
        }

        if (secrets.TryGetValue(Token, out var own))
        {
            given[Token] = own;
        }

        return given;
    }
}
