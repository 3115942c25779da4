namespace Capstan.Workflows.Expressions;

/// <summary>What an expression can see: its named contexts and the functions that depend on the place where it stands.</summary>
public sealed class EvaluationContext
{
    /// <summary>github, env, needs, …; names without regard to case. A name not in here is unknown.</summary>
    public required IReadOnlyDictionary<string, Value> Contexts { get; init; }

    /// <summary>What <c>success()</c>, <c>failure()</c>, <c>cancelled()</c> and <c>always()</c> answer; null where they may not stand.</summary>
    public IStatusFunctions? Status { get; init; }

    /// <summary><c>hashFiles(patterns)</c>: a hexadecimal digest, empty when nothing matches; null where it may not stand.</summary>
    public Func<IReadOnlyList<string>, string>? HashFiles { get; init; }
}

/// <summary>The answers of the status functions at one place; job ids are given where the language allows them.</summary>
public interface IStatusFunctions
{
    bool Success(IReadOnlyList<string> jobs);

    bool Failure(IReadOnlyList<string> jobs);

    bool Cancelled();
}
