namespace Capstan.Workflows.Expressions;

/// <summary>
/// The conditions of jobs and steps. One that does not ask for the status itself runs only after success.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
/// </summary>
public static class Condition
{
    /// <summary>What a missing or empty condition means.</summary>
    public const string Default = "success()";

    /// <returns>The whole condition: as written when it calls a status function, else <c>success() &amp;&amp; (…)</c>.</returns>
    public static string WithStatus(Expression condition)
    {
        if (condition.Root is null)
        {
            return Default;
        }

        return condition.UsesStatusFunction ? condition.Text : $"{Default} && ({condition.Text})";
    }
}
