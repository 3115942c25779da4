namespace Capstan.Workflows.Expressions.Functions;

/// <summary>
/// <c>case(condition, value, …, default)</c>: the value behind the first condition that is true. Only the conditions up to it, and that one value, are
/// evaluated.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#case
/// </summary>
internal static class CaseFunction
{
    public static Value Evaluate(Arguments arguments)
    {
        for (var index = 0; index < arguments.Count - 1; index += 2)
        {
            if (arguments[index] is not BooleanValue condition)
            {
                throw arguments.Error("case predicate must evaluate to a boolean value");
            }

            if (condition.Data)
            {
                return arguments[index + 1];
            }
        }

        return arguments[arguments.Count - 1];
    }
}
