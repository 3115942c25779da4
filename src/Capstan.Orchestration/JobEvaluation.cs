using Capstan.Workflows.Definitions;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration;

/// <summary>Evaluates the values of a job's keys; what cannot be evaluated is a <see cref="PlanningException"/> with the key and its place.</summary>
internal sealed class JobEvaluation(JobDefinition job, EvaluationContext context)
{
    public Value Of(TemplateToken token, string key) => Given(TemplateEvaluator.Evaluate(token, context), key);

    public string Text(TemplateToken token, string key) => Given(TemplateEvaluator.EvaluateString(token, context), key);

    public bool Boolean(TemplateToken token, string key) => Given(TemplateEvaluator.EvaluateBoolean(token, context), key);

    public double Number(TemplateToken token, string key) => Given(TemplateEvaluator.EvaluateNumber(token, context), key);

    /// <summary>Null for a job without one, and for an expression that gives no name.</summary>
    public EnvironmentSettings? Environment() =>
        job.Environment is { } token && Given(EnvironmentSettings.Evaluate(token, context), "environment") is { Name.Length: > 0 } settings ? settings : null;

    private T Given<T>(TemplateResult<T> result, string key)
        where T : notnull => result.IsValid ? result.Value : throw new PlanningException(Message(result.Diagnostics[0], key));

    private string Message(Workflows.Diagnostic diagnostic, string key)
    {
        var place = diagnostic.Place.IsKnown ? $" (Line: {diagnostic.Place.Line}, Col: {diagnostic.Place.Column})" : "";
        return $"'{key}'{place} of the job '{job.Id}': {diagnostic.Message}";
    }
}

/// <summary>A value of a job's plan that its author got wrong; caught where the job is expanded.</summary>
internal sealed class PlanningException(string message) : Exception(message);
