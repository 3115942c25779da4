using Capstan.Workflows.Expressions.Functions;

namespace Capstan.Workflows.Expressions;

/// <summary>
/// The last stage: a tree into a value. Recursion is bounded by <see cref="ExpressionRules.MaxDepth"/>, time and memory by <see cref="MaxProducedLength"/>.
/// One
/// instance an evaluation; not for several threads.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators
/// </summary>
/// <param name="seen">When given, takes the value of every node that was evaluated.</param>
internal sealed class Evaluator(EvaluationContext context, Dictionary<ExpressionNode, Value>? seen = null)
{
    /// <summary>
    /// UTF-16 units of text that the functions of one evaluation may make together (10 MiB): nested <c>format</c> would otherwise multiply without end.
    /// </summary>
    internal const int MaxProducedLength = 5 * 1024 * 1024;

    private long produced;

    public EvaluationContext Context { get; } = context;

    public Value Evaluate(ExpressionNode node)
    {
        var value = node switch
        {
            LiteralNode literal => literal.Value,
            ContextNode name => Context.Find(name.Name),
            IndexNode index => IndexAccess.Get(Evaluate(index.Target), index.Key, this),
            CallNode call => FunctionTable.Call(call, this),
            NotNode not => Value.Of(!Evaluate(not.Operand).IsTruthy),
            ComparisonNode comparison => Value.Of(Compare(comparison)),
            LogicalNode logical => EvaluateLogical(logical),
            _ => Value.Of("*"), // A star that is no whole index, as in x[* == 1], is its own text.
        };
        seen?.TryAdd(node, value);
        return value;
    }

    /// <exception cref="ExpressionEvaluationException">The functions made too much text by now.</exception>
    public void CountProduced(long length, CallNode call)
    {
        produced += length;
        if (produced > MaxProducedLength)
        {
            throw new ExpressionEvaluationException(
                $"The result of '{call.Function.Name}' is too large: an expression may make at most {MaxProducedLength} characters of text",
                call.Start + 1);
        }
    }

    /// <summary>The value is an operand's, not a boolean: the first that decides, else the last. Operands after it are not evaluated.</summary>
    private Value EvaluateLogical(LogicalNode logical)
    {
        var decides = logical.Operator == LogicalOperator.Or;
        var value = Value.Null;
        foreach (var operand in logical.Operands)
        {
            value = Evaluate(operand);
            if (value.IsTruthy == decides)
            {
                break;
            }
        }

        return value;
    }

    private bool Compare(ComparisonNode comparison)
    {
        var left = Evaluate(comparison.Left);
        var right = Evaluate(comparison.Right);
        return comparison.Operator switch
        {
            ComparisonOperator.Equal => ValueComparison.AreEqual(left, right),
            ComparisonOperator.NotEqual => !ValueComparison.AreEqual(left, right),
            ComparisonOperator.Less => ValueComparison.IsLess(left, right),
            ComparisonOperator.LessOrEqual => ValueComparison.IsLessOrEqual(left, right),
            ComparisonOperator.Greater => ValueComparison.IsLess(right, left),
            _ => ValueComparison.IsLessOrEqual(right, left),
        };
    }
}
