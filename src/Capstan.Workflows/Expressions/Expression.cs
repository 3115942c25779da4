namespace Capstan.Workflows.Expressions;

/// <summary>A valid expression. Immutable, so safe to share and to evaluate from several threads at once.</summary>
public sealed class Expression
{
    internal Expression(string text, ExpressionNode? root)
    {
        Text = text;
        Root = root;
    }

    /// <summary>As given to the parser.</summary>
    public string Text { get; }

    /// <summary>Null for text without any token, whose value is null.</summary>
    public ExpressionNode? Root { get; }

    /// <summary>Names of the contexts it reads, lower case, without repetition.</summary>
    public IReadOnlyCollection<string> Contexts => field ??= ExpressionUse.ContextsOf(Root);

    /// <summary>Names of the status functions it calls, lower case, without repetition.</summary>
    public IReadOnlyCollection<string> StatusFunctions => field ??= ExpressionUse.StatusFunctionsOf(Root);

    /// <summary>Whether it decides itself about failed and cancelled predecessors; a condition that does not is wrapped in <c>success()</c>.</summary>
    public bool UsesStatusFunction => StatusFunctions.Count > 0;

    /// <exception cref="ExpressionEvaluationException">The only exception thrown.</exception>
    public Value Evaluate(EvaluationContext context) => Root is null ? Value.Null : new Evaluator(context).Evaluate(Root);

    /// <summary>Evaluates, and tells which of the values seen decided the result.</summary>
    /// <exception cref="ExpressionEvaluationException">As <see cref="Evaluate"/>.</exception>
    public Explanation Explain(EvaluationContext context) => Explanation.Of(this, context);
}
