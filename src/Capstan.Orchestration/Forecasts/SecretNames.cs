using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Forecasts;

/// <summary>
/// Which secrets the expressions of jobs and steps name. A program that a step starts sees what its step's environment, inputs and script hold, and the token of the job.
/// Source: https://docs.github.com/en/actions/security-for-github-actions/security-guides/using-secrets-in-github-actions
/// </summary>
internal static class SecretNames
{
    public const string Token = "GITHUB_TOKEN";

    private const string Secrets = "secrets";
    private const string Inherit = "inherit";

    /// <summary>Of a step, with the environment of its job and workflow.</summary>
    public static VisibleSecrets OfStep(WorkflowDefinition workflow, JobDefinition job, StepDefinition step)
    {
        var own = Named(
        [
            workflow.Env, job.Env, job.Defaults, workflow.Defaults,
            step.Name, step.Run, step.With, step.Env, step.Shell, step.WorkingDirectory, step.ContinueOnError, step.TimeoutMinutes,
        ]);
        return own with { Names = Sorted([.. own.Names, Token]) };
    }

    /// <summary>Of what belongs to no step.</summary>
    public static VisibleSecrets OfJob(JobDefinition job)
    {
        var named = Named([job.Container, job.Services, job.Outputs, job.Secrets]);
        return job.Secrets is StringToken { Value: Inherit } ? named with { IsEverything = true } : named;
    }

    private static VisibleSecrets Named(IEnumerable<TemplateToken?> tokens)
    {
        var references = tokens.SelectMany(TemplateReferences.Of).ToList();
        var secrets = references.Where(reference => reference.IsIn(Secrets)).Select(reference => reference.FirstKey ?? ExpressionReference.AnyKey).ToList();
        var readsToken = references.Any(reference => reference.IsIn("github") && reference.FirstKey is null or ExpressionReference.AnyKey or "token");
        return new VisibleSecrets(
            Sorted([.. secrets.Where(name => name != ExpressionReference.AnyKey).Select(name => name.ToUpperInvariant()), .. readsToken ? [Token] : Array.Empty<string>()]),
            secrets.Contains(ExpressionReference.AnyKey));
    }

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
