using Capstan.Workflows.Expressions;
using Xunit;

namespace Capstan.Workflows.Tests.Expressions;

/// <summary>Shortcuts that let a test be a table of texts.</summary>
internal static class Evaluate
{
    public static Value Of(string expression, string contextsJson = "{}", IStatusFunctions? status = null)
    {
        var contexts = Contexts(contextsJson);
        return Parse(expression, contexts, status).Evaluate(new EvaluationContext { Contexts = contexts, Status = status });
    }

    /// <summary>The value as the language writes it, arrays and objects as JSON on one line.</summary>
    public static string Text(string expression, string contextsJson = "{}", IStatusFunctions? status = null)
    {
        var value = Of(expression, contextsJson, status);
        return value.IsPrimitive ? ValueText.Literal(value) : ValueJson.ToElement(value).GetRawText();
    }

    public static Explanation Explain(string expression, string contextsJson = "{}", IStatusFunctions? status = null)
    {
        var contexts = Contexts(contextsJson);
        return Parse(expression, contexts, status).Explain(new EvaluationContext { Contexts = contexts, Status = status });
    }

    public static ExpressionEvaluationException Fails(string expression, string contextsJson = "{}") =>
        Assert.Throws<ExpressionEvaluationException>(() => Of(expression, contextsJson));

    public static Dictionary<string, Value> Contexts(string json) =>
        ((ObjectValue)ValueJson.Parse(json)).Properties.ToDictionary(property => property.Key, property => property.Value, StringComparer.OrdinalIgnoreCase);

    private static Expression Parse(string expression, Dictionary<string, Value> contexts, IStatusFunctions? status)
    {
        var functions = status is null ? [] : new[] { "always(0,0)", "cancelled(0,0)", "failure(0,MAX)", "success(0,MAX)" };
        var result = ExpressionParser.Parse(expression, ExpressionRules.Allow([.. contexts.Keys, .. functions]));
        Assert.True(result.IsValid, result.Error?.Message);
        return result.Expression;
    }
}

/// <summary>A place at which the status is one of three; a job named in the arguments has succeeded when it is called "good".</summary>
internal sealed class FixedStatus(string status) : IStatusFunctions
{
    public bool Success(IReadOnlyList<string> jobs) => jobs.Count == 0 ? status == "success" : jobs.All(job => job == "good");

    public bool Failure(IReadOnlyList<string> jobs) => jobs.Count == 0 ? status == "failure" : jobs.Any(job => job != "good");

    public bool Cancelled() => status == "cancelled";
}
