using System.Text;

namespace Capstan.Workflows.Expressions;

/// <summary>A value that an expression saw: <c>github.ref</c> was <c>'refs/heads/x'</c>.</summary>
/// <param name="Subject">As the expression writes it.</param>
/// <param name="Value">As the language writes it, shortened when long, and never a secret.</param>
public sealed record ExplanationFact(string Subject, string Value)
{
    public override string ToString() => $"{Subject} is {Value}";
}

/// <summary>
/// The value of an expression and why it has it: for <c>a &amp;&amp; b</c> that is false, only what made the false part false is named. Secrets are never shown.
/// </summary>
public sealed class Explanation
{
    /// <summary>UTF-16 units of a value that are shown.</summary>
    private const int MaxValueLength = 100;

    private readonly string expression;
    private readonly Dictionary<ExpressionNode, Value> seen = [];
    private readonly List<ExplanationFact> facts = [];
    private bool readsSecrets;

    private Explanation(string expression) => this.expression = expression;

    public Value Value { get; private set; } = Value.Null;

    /// <summary>In the order of the text, without repetition; empty when nothing but constants decided.</summary>
    public IReadOnlyList<ExplanationFact> Facts => facts;

    /// <summary><c>success() &amp;&amp; github.ref == 'refs/heads/main' =&gt; false (github.ref is 'refs/heads/x')</c></summary>
    public override string ToString()
    {
        var text = new StringBuilder(expression.Trim()).Append(" => ").Append(readsSecrets && Value is not (BooleanValue or NullValue) ? "a value that is not shown" : Shown(Value));
        return facts.Count == 0 ? text.ToString() : text.Append(" (").AppendJoin(", ", facts).Append(')').ToString();
    }

    internal static Explanation Of(Expression expression, EvaluationContext context)
    {
        var explanation = new Explanation(expression.Text);
        if (expression.Root is { } root)
        {
            explanation.Value = new Evaluator(context, explanation.seen).Evaluate(root);
            explanation.readsSecrets = ExpressionUse.Nodes(root).Any(IsSecret);
            explanation.Visit(root);
        }

        return explanation;
    }

    /// <summary>Goes down to what decided the value of a node.</summary>
    private void Visit(ExpressionNode node)
    {
        switch (node)
        {
            case LogicalNode logical:
                // The value is that of the last operand evaluated. If that one decided, the others do not matter.
                var decides = logical.Operator == LogicalOperator.Or;
                var evaluated = logical.Operands.Where(seen.ContainsKey).ToList();
                var last = evaluated[^1];
                foreach (var operand in seen[last].IsTruthy == decides ? [last] : evaluated)
                {
                    Visit(operand);
                }

                break;
            case ContextNode or IndexNode when seen.TryGetValue(node, out var value):
                Add(node, value);
                foreach (var key in KeysOf(node).Where(key => key is not LiteralNode))
                {
                    Visit(key);
                }

                break;
            case CallNode { Function.Name: "success" or "failure" or "cancelled" } when seen.TryGetValue(node, out var value):
                Add(node, value);
                break;
            default:
                foreach (var child in ExpressionUse.ChildrenOf(node).Where(seen.ContainsKey))
                {
                    Visit(child);
                }

                break;
        }
    }

    private void Add(ExpressionNode node, Value value)
    {
        var fact = new ExplanationFact(expression[node.Start..node.End], IsSecret(node) ? "not shown" : Shown(value));
        if (!facts.Contains(fact))
        {
            facts.Add(fact);
        }
    }

    private static IEnumerable<ExpressionNode> KeysOf(ExpressionNode node)
    {
        for (; node is IndexNode index; node = index.Target)
        {
            yield return index.Key;
        }
    }

    private static bool IsSecret(ExpressionNode node)
    {
        var keys = KeysOf(node).ToList();
        while (node is IndexNode index)
        {
            node = index.Target;
        }

        // The innermost key says what of the github context is read; when it is computed, or all of it is, the token may be among it.
        return node is ContextNode context
            && (Is(context.Name, "secrets") || (Is(context.Name, "github") && (keys is not [.., LiteralNode { Value: StringValue key }] || Is(key.Data, "token"))));

        static bool Is(string name, string expected) => string.Equals(name, expected, StringComparison.OrdinalIgnoreCase);
    }

    private static string Shown(Value value)
    {
        var text = value is ArrayValue array
            ? $"[{string.Join(", ", array.Items.Take(MaxValueLength).Select(ValueText.Literal))}]"
            : ValueText.Literal(value);
        return text.Length <= MaxValueLength ? text : $"{text.AsSpan(0, MaxValueLength)}…";
    }
}
