namespace Capstan.Workflows.Expressions;

/// <param name="Name">As GitHub's documentation writes it; used without regard to case.</param>
public sealed record FunctionSignature(string Name, int MinArguments, int MaxArguments);

/// <summary>
/// What may stand in an expression at one place of a workflow: names of contexts, and functions. The functions of the language itself (contains, format, …)
/// are always allowed.
/// Immutable, so safe to share.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#functions
/// </summary>
public sealed partial class ExpressionRules
{
    /// <summary>
    /// UTF-16 units.
    /// Source: https://github.com/actions/runner/blob/main/src/Sdk/DTExpressions2/Expressions2/ExpressionConstants.cs
    /// </summary>
    public const int MaxLength = 21_000;

    /// <summary>
    /// Nesting of operators and functions; parentheses do not count.
    /// Source: as <see cref="MaxLength"/>.
    /// </summary>
    public const int MaxDepth = 50;

    /// <summary>
    /// GitHub counts arguments in a byte.
    /// Source: as <see cref="MaxLength"/>.
    /// </summary>
    internal const int MaxArguments = byte.MaxValue;

    private static readonly Dictionary<string, FunctionSignature> Builtin = Index(
    [
        new("case", 3, MaxArguments),
        new("contains", 2, 2),
        new("endsWith", 2, 2),
        new("format", 1, MaxArguments),
        new("fromJSON", 1, 1),
        new("join", 1, 2),
        new("startsWith", 2, 2),
        new("toJSON", 1, 1),
    ]);

    private readonly HashSet<string> contexts;
    private readonly Dictionary<string, FunctionSignature> functions;

    private ExpressionRules(List<string> contexts, List<FunctionSignature> functions)
    {
        this.contexts = new HashSet<string>(contexts, StringComparer.OrdinalIgnoreCase);
        this.functions = Index(functions);
    }

    /// <summary>No context; only the functions of the language.</summary>
    public static ExpressionRules None { get; } = Allow();

    /// <summary>All contexts and functions: for what was checked before, or is checked elsewhere.</summary>
    public static ExpressionRules Everything { get; } = Allow(
        "github", "inputs", "vars", "needs", "strategy", "matrix", "steps", "job", "jobs", "runner", "env", "secrets",
        "always(0,0)", "cancelled(0,0)", "failure(0,MAX)", "success(0,MAX)", "hashFiles(1,255)");

    public IReadOnlyCollection<string> Contexts => contexts;

    /// <summary>Those of this place, without the language's own.</summary>
    public IReadOnlyCollection<FunctionSignature> Functions => functions.Values;

    /// <summary>Of all that may be called at this place, those of the language included.</summary>
    internal IEnumerable<string> FunctionNames => functions.Values.Concat(Builtin.Values).Select(function => function.Name);

    /// <param name="names">A context's name, or a function as GitHub's schema writes it: <c>hashFiles(1,255)</c>, <c>success(0,MAX)</c>.</param>
    /// <exception cref="FormatException">A function's argument counts cannot be read.</exception>
    public static ExpressionRules Allow(params IEnumerable<string> names)
    {
        var allowedContexts = new List<string>();
        var allowedFunctions = new List<FunctionSignature>();
        foreach (var name in names)
        {
            var parenthesis = name.IndexOf('(', StringComparison.Ordinal);
            if (parenthesis < 0)
            {
                allowedContexts.Add(name);
                continue;
            }

            var counts = TextParts.Of(name[(parenthesis + 1)..].TrimEnd(')'), ',');
            if (counts.Length != 2)
            {
                throw new FormatException($"'{name}' is not of the form name(min,max).");
            }

            var max = counts[1] == "MAX" ? MaxArguments : Count(counts[1]);
            allowedFunctions.Add(new FunctionSignature(name[..parenthesis], Count(counts[0]), max));
        }

        return new ExpressionRules(allowedContexts, allowedFunctions);
    }

    public bool AllowsContext(string name) => contexts.Contains(name);

    /// <returns>Null when no function of that name may stand here.</returns>
    public FunctionSignature? FindFunction(string name) => Builtin.GetValueOrDefault(name) ?? functions.GetValueOrDefault(name);

    /// <summary>By hand: rules are made before anything else that reads numbers, and to load what .NET reads them with takes as long as all rules.</summary>
    private static int Count(string digits)
    {
        const int mostDigits = 3;
        var count = digits.Length is > 0 and <= mostDigits ? 0 : throw NoCount();
        foreach (var digit in digits)
            count = char.IsAsciiDigit(digit) ? (count * 10) + digit - '0' : throw NoCount();
        return count;

        FormatException NoCount() => new($"'{digits}' is no count of arguments.");
    }

    private static Dictionary<string, FunctionSignature> Index(List<FunctionSignature> functions)
    {
        var index = new Dictionary<string, FunctionSignature>(functions.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions)
        {
            index.Add(function.Name, function);
        }

        return index;
    }
}
