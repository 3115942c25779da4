namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// Every function by its name; how many arguments it takes is said in <see cref="ExpressionRules"/>.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
/// </summary>
internal static class FunctionTable
{
    private static readonly Dictionary<string, Func<Arguments, Value>> Bodies = new(StringComparer.OrdinalIgnoreCase)
    {
        ["always"] = _ => Value.True,
        ["cancelled"] = arguments => StatusFunction.Evaluate(arguments, (status, _) => status.Cancelled()),
        ["case"] = CaseFunction.Evaluate,
        ["contains"] = TextFunctions.Contains,
        ["endsWith"] = TextFunctions.EndsWith,
        ["failure"] = arguments => StatusFunction.Evaluate(arguments, (status, jobs) => status.Failure(jobs)),
        ["format"] = FormatFunction.Evaluate,
        ["fromJSON"] = JsonFunctions.From,
        ["hashFiles"] = HashFilesFunction.Evaluate,
        ["join"] = TextFunctions.Join,
        ["startsWith"] = TextFunctions.StartsWith,
        ["success"] = arguments => StatusFunction.Evaluate(arguments, (status, jobs) => status.Success(jobs)),
        ["toJSON"] = JsonFunctions.To,
    };

    public static Value Call(CallNode call, Evaluator evaluator)
    {
        var arguments = new Arguments(call, evaluator);
        return Bodies.TryGetValue(call.Function.Name, out var body)
            ? body(arguments)
            : throw arguments.Error($"The function '{call.Function.Name}' is not known");
    }
}

/// <summary>The arguments of one call. Each is evaluated when asked for, so a function that does not need one never evaluates it.</summary>
internal readonly struct Arguments(CallNode call, Evaluator evaluator)
{
    public int Count => call.Arguments.Count;

    public EvaluationContext Context => evaluator.Context;

    public string FunctionName => call.Function.Name;

    /// <remarks>Evaluates anew at every call.</remarks>
    public Value this[int index] => evaluator.Evaluate(call.Arguments[index]);

    /// <summary>To be told before text of that length is made.</summary>
    public void CountProduced(long length) => evaluator.CountProduced(length, call);

    public ExpressionEvaluationException Error(string message, Exception? inner = null) => new(message, call.Start + 1, inner);
}
