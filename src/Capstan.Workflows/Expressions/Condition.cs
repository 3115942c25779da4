namespace Capstan.Workflows.Expressions;

/// <summary>
/// The conditions of jobs and steps. One that does not ask for the status itself runs only after success.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
public static class Condition
{
    /// <summary>What a missing or empty condition means.</summary>
    public const string Default = "success()";

    /// <summary>What an explanation says of a condition that does not hold only because something before it failed.</summary>
    public const string Unsuccessful = "success() => false (success() is false)";

    /// <summary>What stands in its place for a step that does not run because its job was cancelled: nothing need have failed.</summary>
    public const string JobCancelled = "the job was cancelled";

    private const string Wrapper = Default + " && (";

    /// <summary>What a missing condition means for what an action does before and after a job's steps.</summary>
    public const string Always = "always()";

    /// <returns>The whole condition: as written when it calls a status function, else <c>success() &amp;&amp; (…)</c>.</returns>
    public static string WithStatus(Expression condition)
    {
        if (condition.Root is null)
        {
            return Default;
        }

        return condition.UsesStatusFunction ? condition.Text : $"{Wrapper}{condition.Text})";
    }

    /// <summary>The condition as its author wrote it, for people: without what <see cref="WithStatus"/> put around it.</summary>
    public static string Written(string condition)
    {
        if (!condition.StartsWith(Wrapper, StringComparison.Ordinal) || !condition.EndsWith(')'))
        {
            return condition;
        }

        var inner = condition[Wrapper.Length..^1];
        return ExpressionParser.Parse(inner, ExpressionRules.StepIf) is { IsValid: true, Expression.UsesStatusFunction: false } ? inner : condition;
    }
}
