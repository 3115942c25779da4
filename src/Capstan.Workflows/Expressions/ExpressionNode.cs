namespace Capstan.Workflows.Expressions;

/// <summary>
/// A node of a parsed expression. Immutable, so safe to share. <see cref="Start"/> and <see cref="End"/> are 0-based offsets in the text, without the
/// parentheses around the node.
/// </summary>
public abstract class ExpressionNode
{
    private protected ExpressionNode(int start, int end, int depth)
    {
        Start = start;
        End = end;
        Depth = depth;
    }

    public int Start { get; }

    public int End { get; }

    /// <summary>1 for a leaf.</summary>
    internal int Depth { get; }

    private protected static int DepthOver(IReadOnlyList<ExpressionNode> children)
    {
        var deepest = 0;
        for (var index = 0; index < children.Count; index++)
        {
            deepest = Math.Max(deepest, children[index].Depth);
        }

        return deepest + 1;
    }
}

public sealed class LiteralNode : ExpressionNode
{
    internal LiteralNode(Value value, int start, int end)
        : base(start, end, depth: 1) => Value = value;

    public Value Value { get; }
}

/// <summary>A context by its name: <c>github</c>.</summary>
public sealed class ContextNode : ExpressionNode
{
    internal ContextNode(string name, int start, int end)
        : base(start, end, depth: 1) => Name = name;

    /// <summary>As written.</summary>
    public string Name { get; }
}

/// <summary><c>*</c> behind a dot or in brackets.</summary>
public sealed class WildcardNode : ExpressionNode
{
    internal WildcardNode(int start, int end)
        : base(start, end, depth: 1)
    {
    }
}

/// <summary><c>target.name</c> (the key is a literal then) or <c>target[key]</c>.</summary>
public sealed class IndexNode : ExpressionNode
{
    internal IndexNode(ExpressionNode target, ExpressionNode key, int start, int end)
        : base(start, end, 1 + Math.Max(target.Depth, key.Depth))
    {
        Target = target;
        Key = key;
    }

    public ExpressionNode Target { get; }

    public ExpressionNode Key { get; }
}

public sealed class CallNode : ExpressionNode
{
    internal CallNode(FunctionSignature function, IReadOnlyList<ExpressionNode> arguments, int start, int end)
        : base(start, end, DepthOver(arguments))
    {
        Function = function;
        Arguments = arguments;
    }

    public FunctionSignature Function { get; }

    public IReadOnlyList<ExpressionNode> Arguments { get; }
}

public sealed class NotNode : ExpressionNode
{
    internal NotNode(ExpressionNode operand, int start, int end)
        : base(start, end, 1 + operand.Depth) => Operand = operand;

    public ExpressionNode Operand { get; }
}

public enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

public sealed class ComparisonNode : ExpressionNode
{
    internal ComparisonNode(ComparisonOperator @operator, ExpressionNode left, ExpressionNode right, int start, int end)
        : base(start, end, 1 + Math.Max(left.Depth, right.Depth))
    {
        Operator = @operator;
        Left = left;
        Right = right;
    }

    public ComparisonOperator Operator { get; }

    public ExpressionNode Left { get; }

    public ExpressionNode Right { get; }
}

public enum LogicalOperator
{
    And,
    Or,
}

/// <summary><c>a &amp;&amp; b &amp;&amp; c</c> is one node with three operands, however it is grouped: a long chain is not deep.</summary>
public sealed class LogicalNode : ExpressionNode
{
    internal LogicalNode(LogicalOperator @operator, IReadOnlyList<ExpressionNode> operands, int start, int end)
        : base(start, end, DepthOver(operands))
    {
        Operator = @operator;
        Operands = operands;
    }

    public LogicalOperator Operator { get; }

    /// <summary>At least two.</summary>
    public IReadOnlyList<ExpressionNode> Operands { get; }
}
