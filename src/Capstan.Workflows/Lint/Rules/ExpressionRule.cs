using Capstan.Workflows.Expressions;
using Capstan.Workflows.Lint.Document;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Expressions that cannot be read, and contexts and functions that their key does not have. Each is told, not only the first one.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability
/// </summary>
internal sealed class ExpressionRule : ILintRule
{
    /// <summary>A step's shell is not in GitHub's table of keys with contexts, but its parsers take the contexts of the step.</summary>
    private const string StepShell = "jobs.*.steps.*.shell";

    private static readonly HashSet<string> Special = new(StringComparer.Ordinal) { "always", "cancelled", "failure", "success", "hashFiles" };

    public void Check(LintContext context)
    {
        foreach (var expression in context.Expressions)
        {
            if (expression.Parsed.Error is { } error)
                ReportError(context, expression, error);
            else if (expression.Root is { } root)
                CheckNames(context, expression, root);
        }

        // The language tells one mistake of a text, and the first may have been told above.
        foreach (var scalar in context.Expressions.Select(expression => expression.Scalar).Distinct().Where(scalar => context.IsExplained(scalar.Place)))
        {
            foreach (var (offset, length, message) in EmbeddedParts.Mistakes(scalar.Text))
                context.Report(LintChecks.ExpressionSyntax, scalar, offset, length, message);
        }
    }

    private static void ReportError(LintContext context, FileExpression expression, ExpressionError error)
    {
        if (context.IsFull(Severity.Error))
            return;
        var at = error.Position - 1;
        var allowed = expression.Site.Allowed;
        var (check, message) = error.Kind switch
        {
            ExpressionErrorKind.UnknownContext => (LintChecks.UnknownContext, $"There is no context '{error.Symbol}'{Hint.For(error.Symbol, allowed.Contexts)}"),
            ExpressionErrorKind.UnknownFunction =>
                (LintChecks.UnknownFunction, $"There is no function '{error.Symbol}'{Hint.For(error.Symbol, allowed.FunctionNames)}"),
            ExpressionErrorKind.ArgumentCount => (LintChecks.Arguments, error.Message),
            _ => (LintChecks.ExpressionSyntax, QuoteAdvice(expression.Part.Text, at) ?? error.Message),
        };
        context.Explain(expression.Scalar.Place);
        context.Report(check, expression.Scalar, expression.Part.Offset + at, Math.Max(1, error.Symbol.Length), message);
    }

    private static string? QuoteAdvice(string text, int at) => at < text.Length && text[at] == '"'
        ? "'\"' cannot stand in an expression: texts are written in single quotes, a single quote inside as ''"
        : null;

    private static void CheckNames(LintContext context, FileExpression expression, ExpressionNode root)
    {
        var isStepShell = expression.Site.Path == StepShell;
        foreach (var node in ExpressionUse.Nodes(root))
        {
            if (node is ContextNode known && (isStepShell || !expression.Site.Allowed.AllowsContext(known.Name)))
                ReportContext(context, expression, known, isStepShell ? Severity.Warning : Severity.Error);
            else if (node is CallNode call && Special.Contains(call.Function.Name) && expression.Site.Allowed.FindFunction(call.Function.Name) is null)
                ReportFunction(context, expression, call);
        }
    }

    private static void ReportContext(LintContext context, FileExpression expression, ContextNode node, Severity severity)
    {
        if (context.IsFull(severity))
            return;
        var allowed = severity == Severity.Error ? expression.Site.Allowed.Contexts.Order(StringComparer.Ordinal).ToList() : [];
        var rest = allowed.Count == 0 ? "no contexts can be used here" : $"what can be used here is {Hint.List(allowed)}";
        if (severity == Severity.Error)
            context.Explain(expression.Scalar.Place);
        expression.Report(context, LintChecks.ContextNotAvailable, node, $"context \"{node.Name}\" is not allowed here: {rest}", severity);
    }

    private static void ReportFunction(LintContext context, FileExpression expression, CallNode call)
    {
        context.Explain(expression.Scalar.Place);
        var where = call.Function.Name == "hashFiles" ? "only in the keys of a step" : "only in conditions ('if')";
        expression.Report(context, LintChecks.FunctionNotAvailable, call, $"{call.Function.Name}() cannot be called here, {where}");
    }
}
