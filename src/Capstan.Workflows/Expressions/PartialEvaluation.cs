namespace Capstan.Workflows.Expressions;

/// <summary>What is known before everything has happened.</summary>
public interface IForeknowledge
{
    /// <summary>Whether the value is final, and so in the contexts that the evaluation is given.</summary>
    bool Knows(ExpressionReference reference);

    /// <summary>What <c>success</c>, <c>failure</c> or <c>cancelled</c> will answer; null when that is open.</summary>
    /// <param name="jobs">The function's arguments.</param>
    bool? Status(string function, IReadOnlyList<string> jobs);
}

/// <summary>What can be told of a condition.</summary>
/// <param name="Holds">Null: it depends on what is not known yet, on <paramref name="DependsOn"/>.</param>
/// <param name="Why">The condition with the values that decided, for people; empty when nothing is decided.</param>
/// <param name="DependsOn">What is open, as the condition writes it; empty when it is decided.</param>
public sealed record ForeseenCondition(bool? Holds, string Why, IReadOnlyList<string> DependsOn);

/// <summary>
/// Evaluates a condition as far as it can be: <c>a &amp;&amp; b</c> is false as soon as one of them is known to be. Only the truth of the whole is asked, never its value.
/// Pure; never throws for what the condition says: one that cannot be evaluated does not hold, and the reason says so.
/// </summary>
public static class PartialEvaluation
{
    /// <param name="known">The contexts, as far as they are known; its status functions are not asked.</param>
    public static ForeseenCondition Foresee(Expression condition, EvaluationContext known, IForeknowledge foreknowledge)
    {
        if (condition.Root is not { } root)
        {
            return new ForeseenCondition(false, "", []);
        }

        try
        {
            return new Run(condition.Text, known, foreknowledge).Result(root);
        }
        catch (ExpressionEvaluationException error)
        {
            return new ForeseenCondition(false, $"{Condition.Written(condition.Text)} cannot be evaluated: {error.Message}", []);
        }
    }

    private sealed class Run(string text, EvaluationContext known, IForeknowledge foreknowledge)
    {
        private readonly List<ExplanationFact> facts = [];
        private readonly EvaluationContext context = new() { Contexts = known.Contexts, Status = new KnownStatus(foreknowledge) };

        public ForeseenCondition Result(ExpressionNode root)
        {
            var open = Open(root);
            if (open.Count == 0)
            {
                var whole = new Expression(text, root).Explain(context);
                return new ForeseenCondition(whole.Value.IsTruthy, whole.ToString(), []);
            }

            var truth = Truth(root);
            return truth is { } decided
                ? new ForeseenCondition(decided, Explanation.Sentence(text, ValueText.Literal(Value.Of(decided)), facts), [])
                : new ForeseenCondition(null, "", StillOpen(root));
        }

        private bool? Truth(ExpressionNode node)
        {
            if (Open(node).Count == 0)
            {
                var explanation = new Expression(text, node).Explain(context);
                facts.AddRange(explanation.Facts.Except(facts));
                return explanation.Value.IsTruthy;
            }

            return node switch
            {
                NotNode not => !Truth(not.Operand),
                LogicalNode logical => Truth(logical),
                _ => null,
            };
        }

        /// <summary>One operand that decides is enough, wherever it stands.</summary>
        private bool? Truth(LogicalNode logical)
        {
            var decides = logical.Operator == LogicalOperator.Or;
            var before = facts.Count;
            bool? all = !decides;
            foreach (var operand in logical.Operands)
            {
                var start = facts.Count;
                var truth = Truth(operand);
                if (truth == decides)
                {
                    facts.RemoveRange(before, start - before);
                    return decides;
                }

                all = truth is null ? null : all;
            }

            return all;
        }

        /// <summary>The open values that the answer depends on: not those of operands that cannot matter any more.</summary>
        private List<string> StillOpen(ExpressionNode node) => node switch
        {
            NotNode not => StillOpen(not.Operand),
            LogicalNode logical =>
                [.. logical.Operands.Where(operand => Truth(operand) is null).SelectMany(StillOpen).Distinct(StringComparer.OrdinalIgnoreCase)],
            _ => Open(node),
        };

        /// <summary>Everything below the node that is not known.</summary>
        private List<string> Open(ExpressionNode node) =>
        [
            .. ExpressionReference.Of(node, text).Where(reference => !foreknowledge.Knows(reference)).Select(reference => reference.Text),
            .. ExpressionUse.Nodes(node).OfType<CallNode>().Where(IsOpen).Select(call => text[call.Start..call.End]),
        ];

        private bool IsOpen(CallNode call) => call.Function.Name.ToLowerInvariant() switch
        {
            "success" or "failure" or "cancelled" => !call.Arguments.All(argument => argument is LiteralNode)
                || foreknowledge.Status(
                    call.Function.Name.ToLowerInvariant(), [.. call.Arguments.Select(argument => ValueText.Of(((LiteralNode)argument).Value))]) is null,
            "hashfiles" => true,
            _ => false,
        };
    }

    /// <summary>Asked only about what is known.</summary>
    private sealed class KnownStatus(IForeknowledge foreknowledge) : IStatusFunctions
    {
        public bool Success(IReadOnlyList<string> jobs) => foreknowledge.Status("success", jobs) == true;

        public bool Failure(IReadOnlyList<string> jobs) => foreknowledge.Status("failure", jobs) == true;

        public bool Cancelled() => foreknowledge.Status("cancelled", []) == true;
    }
}
