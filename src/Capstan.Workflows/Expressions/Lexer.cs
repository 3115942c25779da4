namespace Capstan.Workflows.Expressions;

/// <summary>
/// The first stage: text into tokens. It never fails: what is no token becomes <see cref="TokenKind.Unexpected"/> and covers as much text as GitHub's error
/// message names.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals
/// </summary>
internal struct Lexer(string text)
{
    /// <summary>What ends a name or number. A star or quote does not: <c>2*3</c> is one wrong token.</summary>
    private const string Boundaries = "([)],.!><=&|";

    private TokenKind last = TokenKind.Start;
    private int next;

    /// <returns>False at the end of the text.</returns>
    public bool TryRead(out Token token)
    {
        next = SkipWhiteSpace(next);
        if (next >= text.Length)
        {
            token = default;
            return false;
        }

        token = Read(text[next]);
        last = token.Kind;
        next = token.End;
        return true;
    }

    private readonly Token Read(char first) => first switch
    {
        '(' => One(last == TokenKind.FunctionName ? TokenKind.OpenCall : TokenKind.OpenGroup),
        ')' => One(TokenKind.CloseParenthesis),
        '[' => One(TokenKind.OpenIndex),
        ']' => One(TokenKind.CloseIndex),
        ',' => One(TokenKind.Comma),
        '*' => One(TokenKind.Wildcard),
        '\'' => ReadString(),
        '!' or '<' or '>' or '=' or '&' or '|' => ReadOperator(),
        '.' => StartsOperand(last) ? ReadNumber() : One(TokenKind.Dot),
        '+' or '-' or (>= '0' and <= '9') => ReadNumber(),
        _ => ReadName(),
    };

    private readonly Token One(TokenKind kind) => new(kind, next, 1);

    private readonly Token ReadString()
    {
        var end = next + 1;
        while (end < text.Length)
        {
            if (text[end++] != '\'')
            {
                continue;
            }

            if (end < text.Length && text[end] == '\'')
            {
                end++;
                continue;
            }

            var content = text.Substring(next + 1, end - next - 2).Replace("''", "'", StringComparison.Ordinal);
            return new Token(TokenKind.Literal, next, end - next, Value.Of(content));
        }

        return new Token(TokenKind.Unexpected, next, text.Length - next);
    }

    private readonly Token ReadOperator()
    {
        var rest = text.AsSpan(next);
        var kind = rest.Length < 2 ? TokenKind.Unexpected : rest[..2] switch
        {
            "==" => TokenKind.Equal,
            "!=" => TokenKind.NotEqual,
            "<=" => TokenKind.LessOrEqual,
            ">=" => TokenKind.GreaterOrEqual,
            "&&" => TokenKind.And,
            "||" => TokenKind.Or,
            _ => TokenKind.Unexpected,
        };
        if (kind != TokenKind.Unexpected)
        {
            return new Token(kind, next, 2);
        }

        return rest[0] switch
        {
            '!' => One(TokenKind.Not),
            '<' => One(TokenKind.Less),
            '>' => One(TokenKind.Greater),
            _ => new Token(TokenKind.Unexpected, next, WordEnd(next + 1) - next),
        };
    }

    private readonly Token ReadNumber()
    {
        // A dot belongs to the number, wherever it stands: '..github/x.md' is one wrong token.
        var end = WordEnd(next + 1);
        while (end < text.Length && text[end] == '.')
        {
            end = WordEnd(end + 1);
        }

        var number = ValueNumber.Parse(text.AsSpan(next, end - next));
        return double.IsNaN(number)
            ? new Token(TokenKind.Unexpected, next, end - next)
            : new Token(TokenKind.Literal, next, end - next, Value.Of(number));
    }

    private readonly Token ReadName()
    {
        var end = WordEnd(next + 1);
        var length = end - next;
        var name = text.AsSpan(next, length);
        if (!IsName(name))
        {
            return new Token(TokenKind.Unexpected, next, length);
        }

        if (last == TokenKind.Dot)
        {
            return new Token(TokenKind.PropertyName, next, length);
        }

        // The constants are the only names that mind their case.
        var constant = name switch
        {
            "null" => Value.Null,
            "true" => Value.True,
            "false" => Value.False,
            "NaN" => Value.Of(double.NaN),
            "Infinity" => Value.Of(double.PositiveInfinity),
            _ => null,
        };
        if (constant is not null)
        {
            return new Token(TokenKind.Literal, next, length, constant);
        }

        var following = SkipWhiteSpace(end);
        var isCall = following < text.Length && text[following] == '(';
        return new Token(isCall ? TokenKind.FunctionName : TokenKind.ContextName, next, length);
    }

    private readonly int WordEnd(int start)
    {
        while (start < text.Length && !Boundaries.Contains(text[start]) && !char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return start;
    }

    private readonly int SkipWhiteSpace(int start)
    {
        while (start < text.Length && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return start;
    }

    /// <summary>Whether a value must come after this token, so that a dot begins a number.</summary>
    internal static bool StartsOperand(TokenKind kind) =>
        kind is TokenKind.Start or TokenKind.Comma or TokenKind.OpenGroup or TokenKind.OpenCall or TokenKind.OpenIndex or >= TokenKind.Not;

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (!char.IsAsciiLetter(name[0]) && name[0] != '_')
        {
            return false;
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
