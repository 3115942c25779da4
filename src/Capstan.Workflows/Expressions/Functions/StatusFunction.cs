namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// success, failure and cancelled ask the place where the expression stands; arguments are ids of jobs.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
internal static class StatusFunction
{
    public static Value Evaluate(Arguments arguments, Func<IStatusFunctions, IReadOnlyList<string>, bool> ask)
    {
        var status = arguments.Context.Status ?? throw arguments.Error($"The function '{arguments.FunctionName}' has no meaning here");
        var jobs = new string[arguments.Count];
        for (var index = 0; index < jobs.Length; index++)
        {
            jobs[index] = ValueText.Of(arguments[index]);
        }

        return Value.Of(ask(status, jobs));
    }
}
