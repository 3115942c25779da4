using System.Diagnostics.CodeAnalysis;

namespace Capstan.Workflows.Expressions;

/// <summary>Why a text is no expression that may stand at its place.</summary>
/// <param name="Message">Ends, where one symbol is to blame, with its position and the whole expression, as GitHub words it.</param>
/// <param name="Position">1-based, in UTF-16 units; 1 when the expression as a whole is refused.</param>
public sealed record ExpressionError(string Message, int Position);

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
