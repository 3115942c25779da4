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
/// The value of an expression and why it has it: for <c>a &amp;&amp; b</c> that is false, only what made the false part false is named. Secrets are never
/// shown.
/// </summary>
public sealed class Explanation
{
    /// <summary>UTF-16 units of a value that are shown.</summary>
    private const int MaxValueLength = 100;

    /// <summary>UTF-16 units of the expression that are shown: the text is kept with every job.</summary>
    private const int MaxExpressionLength = 1000;

    private static readonly ExplanationFact Unsuccessful = new(Condition.Default, ValueText.Literal(Value.False));

    private readonly string expression;
    private readonly Dictionary<ExpressionNode, Value> seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<ExplanationFact> facts = [];
    private bool readsSecrets;

    private Explanation(string expression) => this.expression = expression;

    public Value Value { get; private set; } = Value.Null;

    /// <summary>In the order of the text, without repetition; empty when nothing but constants decided.</summary>
    public IReadOnlyList<ExplanationFact> Facts => facts;

    /// <summary>
    /// <c>github.ref == 'refs/heads/main' =&gt; false (github.ref is 'refs/heads/x')</c>. The <c>success()</c> that stands around a condition without a status function is only named where it
    /// decided: its author did not write it.
    /// </summary>
    public override string ToString()
    {
        var isShown = !readsSecrets || Value is BooleanValue or NullValue;
        return Sentence(expression.Trim(), isShown ? Shown(Value) : "a value that is not shown", facts);
    }

    internal static string Sentence(string expression, string value, IReadOnlyList<ExplanationFact> facts)
    {
        var subject = Condition.Written(expression);
        if (subject != expression)
        {
            if (facts.Contains(Unsuccessful))
            {
                subject = Condition.Default;
            }
            else
            {
                facts = [.. facts.Where(fact => fact.Subject != Condition.Default)];
            }
        }

        var text = new StringBuilder(Cut(subject, MaxExpressionLength)).Append(" => ").Append(value);
        return facts.Count == 0 ? text.ToString() : text.Append(" (").AppendJoin(", ", facts).Append(')').ToString();
    }

    internal static Explanation Of(Expression expression, EvaluationContext context)
    {
        var explanation = new Explanation(expression.Text);
        if (expression.Root is { } root)
        {
            explanation.Value = new Evaluator(context, explanation.seen).Evaluate(root);
            explanation.readsSecrets = ExpressionUse.ReadsSecrets(root);
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
                VisitOperands(logical);
                break;
            case ContextNode or IndexNode when seen.TryGetValue(node, out var value):
                Add(node, value);
                foreach (var key in ComputedKeysOf(node))
                {
                    Visit(key);
                }

                break;
            case CallNode { Function.Name: "success" or "failure" or "cancelled" } when seen.TryGetValue(node, out var value):
                Add(node, value);
                break;
            default:
                foreach (var child in ExpressionUse.ChildrenOf(node))
                {
                    if (seen.ContainsKey(child))
                    {
                        Visit(child);
                    }
                }

                break;
        }
    }

    /// <summary>The value is that of the last operand evaluated. If that one decided, the others do not matter.</summary>
    private void VisitOperands(LogicalNode logical)
    {
        var decides = logical.Operator == LogicalOperator.Or;
        var evaluated = logical.Operands.Where(seen.ContainsKey).ToList();
        var last = evaluated[^1];
        foreach (var operand in seen[last].IsTruthy == decides ? [last] : evaluated)
        {
            Visit(operand);
        }
    }

    private void Add(ExpressionNode node, Value value)
    {
        var fact = new ExplanationFact(expression[node.Start..node.End], ExpressionUse.ReadsSecrets(node) ? "not shown" : Shown(value));
        if (!facts.Contains(fact))
        {
            facts.Add(fact);
        }
    }

    private static IEnumerable<ExpressionNode> ComputedKeysOf(ExpressionNode node)
    {
        for (; node is IndexNode index; node = index.Target)
        {
            if (index.Key is not LiteralNode)
            {
                yield return index.Key;
            }
        }
    }

    private static string Shown(Value value) => value switch
    {
        ArrayValue array => Cut($"[{string.Join(", ", array.Items.Take(MaxValueLength).Select(ShownItem))}]", MaxValueLength),
        _ => ShownItem(value),
    };

    private static string ShownItem(Value value) => Cut(ValueText.Literal(value), MaxValueLength);

    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
        {
            return text;
        }

        // Half a surrogate pair could be stored nowhere.
        return $"{text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)}…";
    }
}
