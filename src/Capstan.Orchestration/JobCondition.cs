using Capstan.Workflows.Expressions;

namespace Capstan.Orchestration;

/// <summary>What became of a job's <c>if</c>.</summary>
internal abstract record ConditionResult
{
    private ConditionResult()
    {
    }

    /// <param name="Why">The expression with the values that decided, for people.</param>
    public sealed record Decided(bool Holds, string Why) : ConditionResult;

    public sealed record Unusable(string Message) : ConditionResult;
}

/// <summary>Evaluates a job's <c>if</c>, with its explanation.</summary>
internal static class JobCondition
{
    public static ConditionResult Evaluate(string condition, EvaluationContext context)
    {
        var parsed = ExpressionParser.Parse(condition, ExpressionRules.JobIf);
        if (!parsed.IsValid)
        {
            return new ConditionResult.Unusable(parsed.Error.Message);
        }

        try
        {
            var explanation = parsed.Expression.Explain(context);
            return new ConditionResult.Decided(explanation.Value.IsTruthy, explanation.ToString());
        }
        catch (ExpressionEvaluationException error)
        {
            return new ConditionResult.Unusable(error.Message);
        }
    }
}
