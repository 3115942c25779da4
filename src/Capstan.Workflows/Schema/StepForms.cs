using Capstan.Workflows.Expressions;

namespace Capstan.Workflows.Schema;

/// <summary>
/// The shapes of a step, in a job and in a composite action.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsteps
/// </summary>
internal static class StepForms
{
    public static MappingForm Run(ExpressionRules expressions, ExpressionRules condition, params SchemaKey[] more) => new(
    [
        .. Common(expressions, condition, allowsTimeout: true),
        ("run!", Rules.TextWith(expressions)),
        ("shell", Rules.FilledWith(expressions)),
        ("working-directory", Rules.TextWith(expressions)),
        .. more,
    ]);

    /// <summary>
    /// A script of a composite action: it must name its shell, there are no defaults.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runssteps
    /// </summary>
    public static MappingForm CompositeRun(ExpressionRules expressions, ExpressionRules condition) => new(
    [
        .. Common(expressions, condition, allowsTimeout: false),
        ("run!", Rules.TextWith(expressions)),
        ("shell!", Rules.FilledWith(expressions)),
        ("working-directory", Rules.TextWith(expressions)),
    ]);

    public static MappingForm Uses(ExpressionRules expressions, ExpressionRules condition, bool allowsTimeout, params SchemaKey[] more) => new(
    [
        .. Common(expressions, condition, allowsTimeout),
        ("uses!", Rules.Filled),
        ("with", Rules.Map(Rules.Text, expressions)),
        .. more,
    ]);

    /// <summary>
    /// A step that only steers background steps: <c>wait</c>, <c>wait-all</c>, <c>cancel</c>.
    /// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
    /// </summary>
    public static MappingForm Control(string key, Rule value, ExpressionRules expressions) => new(
        (key + "!", value),
        ("name", Rules.TextWith(expressions)),
        ("id", Rules.Filled),
        ("continue-on-error", Rules.BooleanWith(expressions)));

    private static IEnumerable<SchemaKey> Common(ExpressionRules expressions, ExpressionRules condition, bool allowsTimeout)
    {
        yield return ("name", Rules.TextWith(expressions));
        yield return ("id", Rules.Filled);
        yield return ("if", Rules.TextWith(condition));
        yield return ("continue-on-error", Rules.BooleanWith(expressions));
        yield return ("env", Rules.Map(Rules.Text, expressions));
        if (allowsTimeout)
            yield return ("timeout-minutes", Rules.NumberWith(expressions));
    }
}
