using System.Diagnostics.CodeAnalysis;

namespace Capstan.Workflows.Expressions;

/// <summary>
/// The second stage: tokens into a tree, by operator precedence with two explicit stacks. Nothing recurses, so no text, however nested, exhausts the thread's
/// stack.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
/// </summary>
public sealed class ExpressionParser
{
    private readonly string text;
    private readonly SemanticChecks checks;
    private readonly Stack<Operand> operands = new();
    private readonly Stack<Operator> operators = new();
    private FunctionSignature? calledFunction;
    private Token last = new(TokenKind.Start, 0, 0);
    private int open;
    private ExpressionError? error;

    private ExpressionParser(string text, ExpressionRules rules)
    {
        this.text = text;
        checks = new SemanticChecks(rules);
    }

    /// <summary>Parses and checks an expression without its <c>${{ }}</c>. Never throws. Text without any token is a valid expression: null.</summary>
    public static ExpressionParseResult Parse(string text, ExpressionRules rules)
    {
        if (text.Length > ExpressionRules.MaxLength)
        {
            return new ExpressionParseResult(new ExpressionError(ExpressionErrorKind.Limit, $"Exceeded max expression length {ExpressionRules.MaxLength}", 1));
        }

        return new ExpressionParser(text, rules).Parse();
    }

    private ExpressionParseResult Parse()
    {
        var lexer = new Lexer(text);
        while (lexer.TryRead(out var token))
        {
            if (!IsLegal(token.Kind))
            {
                return Fail("Unexpected symbol", token);
            }

            Take(token);
            if (error is not null)
            {
                return new ExpressionParseResult(error);
            }

            last = token;
        }

        if (last.Kind == TokenKind.Start)
        {
            return new ExpressionParseResult(new Expression(text, root: null));
        }

        if (open > 0 || !EndsOperand(last.Kind))
        {
            return Fail("Unexpected end of expression", last);
        }

        Reduce(toPrecedence: 0);
        var root = operands.Pop().Node;
        return root.Depth > ExpressionRules.MaxDepth
            ? new ExpressionParseResult(new ExpressionError(ExpressionErrorKind.Limit, $"Exceeded max expression depth {ExpressionRules.MaxDepth}", 1))
            : new ExpressionParseResult(new Expression(text, root));
    }

    private ExpressionParseResult Fail(string what, Token token)
    {
        SetError(ExpressionErrorKind.Syntax, what, token.Start, token.End);
        return new ExpressionParseResult(error);
    }

    [MemberNotNull(nameof(error))]
    private void SetError(ExpressionErrorKind kind, string what, int start, int end) => error = new ExpressionError(
        kind, $"{what}: '{text[start..end]}'. Located at position {start + 1} within expression: {text}", start + 1, text[start..end]);

    /// <summary>Whether a token may follow the last one, within the innermost open bracket.</summary>
    private bool IsLegal(TokenKind kind) => kind switch
    {
        TokenKind.Unexpected => false,
        TokenKind.Literal or TokenKind.ContextName or TokenKind.FunctionName or TokenKind.OpenGroup or TokenKind.Not => Lexer.StartsOperand(last.Kind),
        TokenKind.OpenCall or TokenKind.PropertyName => true,
        TokenKind.Wildcard => last.Kind is TokenKind.OpenIndex or TokenKind.Dot,
        TokenKind.Dot or TokenKind.OpenIndex => EndsOperand(last.Kind) && last.Kind != TokenKind.Literal,
        TokenKind.Comma => EndsOperand(last.Kind) && Innermost() == TokenKind.OpenCall,
        TokenKind.CloseIndex => EndsOperand(last.Kind) && Innermost() == TokenKind.OpenIndex,
        TokenKind.CloseParenthesis => (EndsOperand(last.Kind) && Innermost() is TokenKind.OpenGroup or TokenKind.OpenCall) || last.Kind == TokenKind.OpenCall,
        _ => EndsOperand(last.Kind),
    };

    private static bool EndsOperand(TokenKind kind) =>
        kind is TokenKind.Literal or TokenKind.ContextName or TokenKind.PropertyName or TokenKind.Wildcard
            or TokenKind.CloseIndex or TokenKind.CloseParenthesis;

    /// <summary>The bracket that the next closing one must match.</summary>
    private TokenKind Innermost()
    {
        foreach (var pending in operators)
        {
            if (pending.IsBracket)
            {
                return pending.Kind;
            }
        }

        return TokenKind.Start;
    }

    private void Take(Token token)
    {
        switch (token.Kind)
        {
            case TokenKind.Literal:
                Push(new LiteralNode(token.Literal!, token.Start, token.End));
                break;
            case TokenKind.ContextName:
                TakeContext(new ContextNode(text[token.Start..token.End], token.Start, token.End));
                break;
            case TokenKind.FunctionName:
                calledFunction = checks.FindFunction(text.AsSpan(token.Start, token.Length));
                if (calledFunction is null)
                {
                    SetError(ExpressionErrorKind.UnknownFunction, "Unrecognized function", token.Start, token.End);
                }

                break;
            case TokenKind.PropertyName:
                PushIndex(new LiteralNode(Value.Of(text[token.Start..token.End]), token.Start, token.End), token.End);
                break;
            case TokenKind.Wildcard when last.Kind == TokenKind.Dot:
                PushIndex(new WildcardNode(token.Start, token.End), token.End);
                break;
            case TokenKind.Wildcard:
                Push(new WildcardNode(token.Start, token.End));
                break;
            case TokenKind.Dot:
                break;
            case TokenKind.Comma:
                Reduce(toPrecedence: 0);
                break;
            case TokenKind.OpenGroup or TokenKind.OpenIndex or TokenKind.OpenCall:
                operators.Push(new Operator(token.Kind, token.Start, last.Start, operands.Count, calledFunction));
                open++;
                break;
            case TokenKind.CloseIndex or TokenKind.CloseParenthesis:
                Reduce(toPrecedence: 0);
                open--;
                Close(operators.Pop(), token.End);
                break;
            case TokenKind.Not:
                operators.Push(new Operator(token.Kind, token.Start));
                break;
            default:
                Reduce(IsLogical(token.Kind) ? Precedence(token.Kind) + 1 : Precedence(token.Kind));
                operators.Push(new Operator(token.Kind, token.Start));
                break;
        }
    }

    private void TakeContext(ContextNode context)
    {
        if (checks.Allows(context))
        {
            Push(context);
        }
        else
        {
            SetError(ExpressionErrorKind.UnknownContext, "Unrecognized named-value", context.Start, context.End);
        }
    }

    private void Push(ExpressionNode node) => operands.Push(new Operand(node, node.Start, node.End));

    private void PushIndex(ExpressionNode key, int end)
    {
        var target = operands.Pop();
        Push(new IndexNode(target.Node, key, target.Start, end));
    }

    private void Close(Operator bracket, int end)
    {
        switch (bracket.Kind)
        {
            case TokenKind.OpenGroup:
                operands.Push(operands.Pop() with { Start = bracket.Start, End = end });
                break;
            case TokenKind.OpenIndex:
                PushIndex(operands.Pop().Node, end);
                break;
            default:
                var arguments = PopNodes(operands.Count - bracket.OperandsBefore);
                var call = new CallNode(bracket.Function!, arguments, bracket.NameStart, end);
                Push(call);
                if (SemanticChecks.ArityError(call.Function, arguments.Length) is { } message)
                {
                    var nameEnd = text.AsSpan(0, bracket.Start).TrimEnd().Length;
                    SetError(ExpressionErrorKind.ArgumentCount, message, bracket.NameStart, nameEnd);
                }

                break;
        }
    }

    /// <summary>Builds the nodes of the operators on top that bind at least so tightly, down to the innermost bracket.</summary>
    private void Reduce(int toPrecedence)
    {
        while (operators.TryPeek(out var top) && !top.IsBracket && Precedence(top.Kind) >= toPrecedence)
        {
            operators.Pop();
            if (top.Kind == TokenKind.Not)
            {
                var operand = operands.Pop();
                Push(new NotNode(operand.Node, top.Start, operand.End));
            }
            else if (IsLogical(top.Kind))
            {
                ReduceLogical(top.Kind);
            }
            else
            {
                var right = operands.Pop();
                var left = operands.Pop();
                Push(new ComparisonNode(ComparisonOf(top.Kind), left.Node, right.Node, left.Start, right.End));
            }
        }
    }

    /// <summary>A whole chain of the same operator at once: the cost of a chain is its length, not its square.</summary>
    private void ReduceLogical(TokenKind kind)
    {
        var count = 2;
        while (operators.TryPeek(out var top) && top.Kind == kind)
        {
            operators.Pop();
            count++;
        }

        var logical = kind == TokenKind.And ? LogicalOperator.And : LogicalOperator.Or;
        var (start, end) = (operands.ElementAt(count - 1).Start, operands.Peek().End);
        var nodes = new List<ExpressionNode>(count);
        foreach (var node in PopNodes(count))
        {
            if (node is LogicalNode nested && nested.Operator == logical)
            {
                nodes.AddRange(nested.Operands);
            }
            else
            {
                nodes.Add(node);
            }
        }

        Push(new LogicalNode(logical, nodes, start, end));
    }

    private ExpressionNode[] PopNodes(int count)
    {
        var nodes = new ExpressionNode[count];
        for (var index = count - 1; index >= 0; index--)
        {
            nodes[index] = operands.Pop().Node;
        }

        return nodes;
    }

    private static bool IsLogical(TokenKind kind) => kind is TokenKind.And or TokenKind.Or;

    private static int Precedence(TokenKind kind) => kind switch
    {
        TokenKind.Or => 1,
        TokenKind.And => 2,
        TokenKind.Equal or TokenKind.NotEqual => 3,
        TokenKind.Not => 5,
        _ => 4,
    };

    private static ComparisonOperator ComparisonOf(TokenKind kind) => kind switch
    {
        TokenKind.Equal => ComparisonOperator.Equal,
        TokenKind.NotEqual => ComparisonOperator.NotEqual,
        TokenKind.Less => ComparisonOperator.Less,
        TokenKind.LessOrEqual => ComparisonOperator.LessOrEqual,
        TokenKind.Greater => ComparisonOperator.Greater,
        _ => ComparisonOperator.GreaterOrEqual,
    };

    /// <param name="Start">With the parentheses around it.</param>
    private readonly record struct Operand(ExpressionNode Node, int Start, int End);

    /// <summary>An operator or an open bracket whose right side is not complete.</summary>
    private readonly record struct Operator(TokenKind Kind, int Start, int NameStart = 0, int OperandsBefore = 0, FunctionSignature? Function = null)
    {
        public bool IsBracket => Kind is TokenKind.OpenGroup or TokenKind.OpenIndex or TokenKind.OpenCall;
    }
}
