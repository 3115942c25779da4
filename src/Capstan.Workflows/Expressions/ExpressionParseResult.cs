using System.Diagnostics.CodeAnalysis;

namespace Capstan.Workflows.Expressions;

/// <summary>What is wrong with an expression.</summary>
public enum ExpressionErrorKind
{
    /// <summary>A symbol stands where it cannot, or one is missing.</summary>
    Syntax,

    /// <summary>No such context, or not here.</summary>
    UnknownContext,

    /// <summary>No such function, or not here.</summary>
    UnknownFunction,

    /// <summary>Too few arguments of a function, or too many.</summary>
    ArgumentCount,

    /// <summary>The whole is too long or too deep.</summary>
    Limit,
}

/// <summary>Why a text is no expression that may stand at its place.</summary>
/// <param name="Message">Ends, where one symbol is to blame, with its position and the whole expression, as GitHub words it.</param>
/// <param name="Position">1-based, in UTF-16 units; 1 when the expression as a whole is refused.</param>
/// <param name="Symbol">The text to blame, which stands at the position; empty when the expression as a whole is refused.</param>
public sealed record ExpressionError(ExpressionErrorKind Kind, string Message, int Position, string Symbol = "");

/// <summary>An expression, or the first error in its text.</summary>
public sealed class ExpressionParseResult
{
    internal ExpressionParseResult(Expression expression) => Expression = expression;

    internal ExpressionParseResult(ExpressionError error) => Error = error;

    [MemberNotNullWhen(true, nameof(Expression))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsValid => Expression is not null;

    public Expression? Expression { get; }

    public ExpressionError? Error { get; }
}
