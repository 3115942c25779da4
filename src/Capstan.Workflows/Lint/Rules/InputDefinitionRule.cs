using System.Globalization;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Triggers;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Inputs of <c>workflow_dispatch</c> and <c>workflow_call</c>: defaults and options that do not go with the type.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
/// </summary>
internal sealed class InputDefinitionRule : ILintRule
{
    public void Check(LintContext context)
    {
        if (context.Document.FindEvent("workflow_dispatch") is { } dispatch)
        {
            var inputs = dispatch.Content.Find("inputs")?.Value.Entries().ToList() ?? [];
            if (inputs.Count > DispatchInputs.MaxInputs)
                context.Report(LintChecks.InputValue, dispatch.Name, $"'workflow_dispatch' has {inputs.Count} inputs; GitHub takes {DispatchInputs.MaxInputs}");
            foreach (var input in inputs)
                CheckOptions(context, input);
        }

        if (context.Document.FindEvent("workflow_call")?.Content.Find("inputs")?.Value is { } declared)
        {
            var expressions = context.Expressions.Where(found => found.Root is not null).ToLookup(found => found.Scalar, ReferenceEqualityComparer.Instance);
            foreach (var input in declared.Entries())
                CheckCallDefault(context, input, expressions);
        }
    }

    private static void CheckOptions(LintContext context, Entry input)
    {
        if (input.Value.Find("options") is not { } options)
            return;
        if (input.Value.Find("type")?.Value.Text() is var type && type != "choice")
            context.Report(
                LintChecks.InputValue,
                input.Key.Place,
                options.Key.Place,
                $"Input '{Hint.Show(input.Name)}' has options, which only an input of type 'choice' has, not one of type '{type ?? "string"}'");

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in options.Value.OneOrMany())
        {
            if (!seen.Add(option.Text))
                context.Report(LintChecks.InputValue, option, $"Option '{Hint.Show(option.Text)}' of input '{Hint.Show(input.Name)}' stands there twice");
        }
    }

    private static void CheckCallDefault(LintContext context, Entry input, ILookup<object?, FileExpression> expressions)
    {
        if (input.Value.Find("default")?.Value is not YamlScalar value)
            return;
        if (input.Value.Find("required")?.Value.IsTrue() ?? false)
            context.Report(LintChecks.InputValue, value, $"The default of input '{Hint.Show(input.Name)}' is never used: the input is required");

        var type = InputTypes.Named(input.Value.Find("type")?.Value.Text());
        if (value.HasExpression())
            CheckExpression(context, input, value, type, expressions[value]);
        else if (type == ExpressionType.Number && !double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            ReportType(context, input, value, "a number");
        else if (type == ExpressionType.Boolean && value.Text is not ("true" or "false"))
            ReportType(context, input, value, "true or false");
    }

    private static void ReportType(LintContext context, Entry input, YamlScalar value, string expected) =>
        context.Report(
            LintChecks.InputValue,
            value,
            $"The default of input '{Hint.Show(input.Name)}' is '{Hint.Show(value.Text)}', but its type asks for {expected}");

    private static void CheckExpression(LintContext context, Entry input, YamlScalar value, ExpressionType type, IEnumerable<FileExpression> expressions)
    {
        if (type != ExpressionType.Number && type != ExpressionType.Boolean)
            return;
        foreach (var expression in expressions)
        {
            var found = expression.Part.IsWhole
                ? new TypeChecker(expression.Part.Text, name => context.Types.TypeOf(name, expression.Site), null).Check(expression.Root!)
                : ExpressionType.String;
            if (found != ExpressionType.Any && found != type)
                context.Report(
                    LintChecks.CallInputType,
                    value,
                    $"The default of input '{Hint.Show(input.Name)}' is of type {found}, but the input is of type {type}");
        }
    }
}
