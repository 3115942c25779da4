using System.Globalization;
using Capstan.Workflows;
using Capstan.Workflows.Expressions;
using Capstan.Workflows.Templates;

namespace Capstan.Runner.Steps;

/// <summary>Evaluates values of the file at the place of one step. Mistakes end the step with the place in the message.</summary>
/// <param name="file">For messages.</param>
internal sealed class TokenReader(string file, StepContexts contexts)
{
    /// <summary>What may stand where was checked when the file was read; here everything a runner can answer is allowed.</summary>
    private static readonly ExpressionRules Rules = ExpressionRules.Allow(
        "github", "env", "vars", "job", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs",
        "always(0,0)", "cancelled(0,0)", "failure(0,MAX)", "success(0,MAX)", "hashFiles(1,255)");

    private readonly EvaluationContext evaluation = contexts.ToEvaluation();

    /// <summary>The value as text; empty for none.</summary>
    public string Text(TemplateToken? token) => token is null ? "" : Good(TemplateEvaluator.EvaluateString(token, evaluation, file));

    public bool Boolean(TemplateToken? token, bool otherwise) =>
        token is null or NullToken ? otherwise : Good(TemplateEvaluator.EvaluateBoolean(token, evaluation, file));

    public double? Number(TemplateToken? token) => token is null or NullToken ? null : Good(TemplateEvaluator.EvaluateNumber(token, evaluation, file));

    /// <summary>A mapping of names to texts (<c>env</c>, <c>with</c>, <c>outputs</c>), in file order; empty for none.</summary>
    public List<KeyValuePair<string, string>> Map(TemplateToken? token) =>
        token is null ? [] : [.. Good(TemplateEvaluator.EvaluateMap(token, evaluation, file))];

    /// <summary>Whether a condition holds, and when it does not, why.</summary>
    public bool Condition(string condition, Place place, out string? why)
    {
        // By far the most frequent one needs no language.
        if (condition == Workflows.Expressions.Condition.Default && contexts.Success([]))
        {
            why = null;
            return true;
        }

        return Holds(condition, place, out why);
    }

    private bool Holds(string condition, Place place, out string? why)
    {
        why = null;
        var parsed = ExpressionParser.Parse(condition, Rules);
        if (parsed.Expression is not { } expression) throw Failure(place, parsed.Error!.Message);
        try
        {
            if (expression.Evaluate(evaluation).IsTruthy) return true;
            why = expression.Explain(evaluation).ToString();
            return false;
        }
        catch (ExpressionEvaluationException error)
        {
            throw Failure(place, error.Message);
        }
    }

    private static T Good<T>(TemplateResult<T> result)
        where T : notnull => result.IsValid ? result.Value : throw new StepFailure(string.Join('\n', result.Diagnostics));

    private StepFailure Failure(Place place, string message) => new(place.IsKnown
        ? string.Create(CultureInfo.InvariantCulture, $"{file} (Line: {place.Line}, Col: {place.Column}): {message}")
        : $"{file}: {message}");
}
