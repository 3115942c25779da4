namespace Capstan.Workflows.Expressions;

/// <summary>
/// What an expression can see: its named contexts and the functions that depend on the place where it stands.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
/// </summary>
public sealed class EvaluationContext
{
    /// <summary>
    /// github, env, needs, …; names without regard to case. Which names may be written is decided by <see cref="ExpressionRules"/>; one that is allowed but
    /// not in here is null.
    /// </summary>
    public required IReadOnlyDictionary<string, Value> Contexts { get; init; }

    /// <summary>What <c>success()</c>, <c>failure()</c> and <c>cancelled()</c> answer; null where they may not stand.</summary>
    public IStatusFunctions? Status { get; init; }

    /// <summary>
    /// <c>hashFiles(patterns)</c>: a hexadecimal digest, empty when nothing matches; null where it may not stand. It may throw
    /// <see cref="ExpressionEvaluationException"/>.
    /// </summary>
    public Func<IReadOnlyList<string>, string>? HashFiles { get; init; }

    internal Value Find(string name)
    {
        if (Contexts.TryGetValue(name, out var value))
        {
            return value;
        }

        // The dictionary is the caller's and may compare names exactly.
        foreach (var entry in Contexts)
        {
            if (string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                return entry.Value;
            }
        }

        return Value.Null;
    }
}

/// <summary>The answers of the status functions at one place; job ids are given where the language allows them.</summary>
public interface IStatusFunctions
{
    bool Success(IReadOnlyList<string> jobs);

    bool Failure(IReadOnlyList<string> jobs);

    bool Cancelled();
}
