namespace Capstan.Workflows.Expressions;

internal enum TokenKind
{
    /// <summary>Before the first token.</summary>
    Start,
    Unexpected,
    Literal,
    ContextName,
    FunctionName,
    PropertyName,
    Wildcard,
    Dot,
    Comma,
    OpenIndex,
    CloseIndex,

    /// <summary><c>(</c> around an expression.</summary>
    OpenGroup,

    /// <summary><c>(</c> after a function's name.</summary>
    OpenCall,

    /// <summary><c>)</c>; the parser knows what it closes.</summary>
    CloseParenthesis,
    Not,
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <param name="Start">0-based offset in the expression, in UTF-16 units.</param>
/// <param name="Literal">The value of a <see cref="TokenKind.Literal"/>.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length, Value? Literal = null)
{
    public int End => Start + Length;
}
