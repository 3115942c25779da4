using Capstan.Orchestration.Calls;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Settings;
using Capstan.Workflows.Templates;

namespace Capstan.Orchestration.Forecasts;

/// <summary>A place of the workflow from which values are looked at: what can be read there, and which of it is known.</summary>
internal sealed class ForecastScope(Lazy<EvaluationContext> context, Foreknowledge known)
{
    /// <param name="needs">Needed jobs whose results are sure.</param>
    /// <param name="within">The call that the place stands under; null in the run's own workflow.</param>
    public static ForecastScope Of(RunContexts contexts, Foreknowledge known, IReadOnlyList<NodeState> needs, CallFacts? within) =>
        new(new Lazy<EvaluationContext>(() => new EvaluationContext { Contexts = contexts.ForJob(needs, within) }), known);

    /// <summary>As it is seen from one combination of the matrix.</summary>
    public ForecastScope InLeg(Foreknowledge knownInLeg, Value matrix, Value strategy) =>
        new(new Lazy<EvaluationContext>(() => new EvaluationContext { Contexts = RunContexts.WithLeg(context.Value.Contexts, matrix, strategy) }), knownInLeg);

    /// <summary>The names in the token's expressions that are not known; empty when it can be evaluated.</summary>
    public IReadOnlyList<string> Open(TemplateToken? token)
    {
        var open = TemplateReferences.Of(token).Where(reference => !known.Knows(reference)).Select(reference => reference.Text).ToList();
        return TemplateReferences.ReadsFiles(token) ? [.. open, "hashFiles()"] : open;
    }

    /// <summary>Of a job.</summary>
    public ForeseenCondition Condition(string condition) => Condition(condition, ExpressionRules.JobIf, known);

    /// <summary>Of a step: before the first one all is well, after it nobody knows.</summary>
    public ForeseenCondition StepCondition(string condition, bool isFirst) => Condition(condition, ExpressionRules.StepIf, new StepForeknowledge(known, isFirst));

    private ForeseenCondition Condition(string condition, ExpressionRules rules, IForeknowledge foreknowledge)
    {
        var parsed = ExpressionParser.Parse(condition, rules);
        return parsed.IsValid
            ? PartialEvaluation.Foresee(parsed.Expression, context.Value, foreknowledge)
            : new ForeseenCondition(false, $"{condition} cannot be evaluated: {parsed.Error.Message}", []);
    }

    public TextForecast Text(TemplateToken token)
    {
        var open = Open(token);
        if (open.Count > 0)
        {
            return new TextForecast(TemplateReferences.Source(token), open);
        }

        var result = TemplateEvaluator.EvaluateString(token, context.Value);
        return result.IsValid ? new TextForecast(result.Value, []) : new TextForecast(TemplateReferences.Source(token), [], result.Diagnostics[0].Message);
    }

    /// <summary>Null: known later, or no boolean.</summary>
    public bool? Boolean(TemplateToken? token, bool whenAbsent)
    {
        if (token is null)
        {
            return whenAbsent;
        }

        return Open(token).Count == 0 && TemplateEvaluator.EvaluateBoolean(token, context.Value) is { IsValid: true } result ? result.Value : null;
    }

    /// <summary>As the run will evaluate it; part by part while not all of it is known. Null when there is none, or when the run will refuse it.</summary>
    public ConcurrencyForecast? Concurrency(TemplateToken? token)
    {
        if (token is null)
        {
            return null;
        }

        if (Open(token).Count == 0)
        {
            return ConcurrencySettings.Evaluate(token, context.Value) is { IsValid: true, Value: { } settings }
                ? new ConcurrencyForecast(new TextForecast(settings.Group, []), settings.CancelInProgress, QueueName(settings.Queue))
                : null;
        }

        return token is MappingToken mapping && mapping.Find("group") is { } group
            ? new ConcurrencyForecast(
                Text(group),
                Boolean(mapping.Find("cancel-in-progress"), whenAbsent: false),
                mapping.Find("queue") is StringToken queue ? queue.Value : QueueName(ConcurrencyQueue.Single))
            : new ConcurrencyForecast(Text(token), CancelsInProgress: token is ExpressionToken ? null : false, QueueName(ConcurrencyQueue.Single));
    }

    /// <summary>Null when the job has none, or an expression gives it an empty name.</summary>
    public EnvironmentForecast? Environment(TemplateToken? token)
    {
        if (token is null)
        {
            return null;
        }

        var mapping = token as MappingToken;
        if (Open(mapping is null ? token : mapping.Find("name")).Count == 0 && EnvironmentSettings.Evaluate(token, context.Value) is { IsValid: true, Value: { } settings })
        {
            return settings.Name.Length == 0 ? null : new EnvironmentForecast(new TextForecast(settings.Name, []), settings.Url is { } address ? Text(address) : null, settings.Deployment);
        }

        var name = (mapping is null ? token : mapping.Find("name")) ?? token;
        return new EnvironmentForecast(Text(name), mapping?.Find("url") is { } url ? Text(url) : null, mapping?.Find("deployment") is not BooleanToken { Value: false });
    }

    private static string QueueName(ConcurrencyQueue queue) => queue == ConcurrencyQueue.Max ? "max" : "single";
}
