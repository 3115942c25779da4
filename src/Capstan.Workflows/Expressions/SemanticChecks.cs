namespace Capstan.Workflows.Expressions;

/// <summary>
/// The checks that need to know the place of the expression: which names are allowed there, and how many arguments a function takes. The parser asks while it
/// reads, because of two errors the one further left is reported.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
/// </summary>
internal readonly struct SemanticChecks(ExpressionRules rules)
{
    public bool Allows(ContextNode context) => rules.AllowsContext(context.Name);

    public FunctionSignature? FindFunction(ReadOnlySpan<char> name) => rules.FindFunction(name.ToString());

    /// <returns>What is wrong with the number of arguments; null when nothing is.</returns>
    public static string? ArityError(FunctionSignature function, int arguments)
    {
        if (arguments < function.MinArguments)
        {
            return "Too few parameters supplied";
        }

        if (arguments > function.MaxArguments)
        {
            return "Too many parameters supplied";
        }

        // Pairs of condition and value, and a default.
        return function.Name == "case" && arguments % 2 == 0
            ? "Even number of parameters supplied, requires an odd number of parameters"
            : null;
    }
}
