namespace Capstan.Workflows.Expressions;

/// <summary>
/// The value of an expression cannot be told: a wrong format text, text that is no JSON, a result that is too large. The only exception an evaluation throws.
/// </summary>
/// <param name="position">1-based position of the function in the expression; 0 when thrown by a function that does not know it.</param>
public sealed class ExpressionEvaluationException(string message, int position = 0, Exception? inner = null) : Exception(message, inner)
{
    public int Position { get; } = position;
}
