using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Lint.Types;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Calls of workflows of the same repository: whether they can be called, and whether inputs and secrets fit.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
/// </summary>
internal sealed class WorkflowCallRule : ILintRule
{
    public void Check(LintContext context)
    {
        foreach (var job in context.Document.Jobs)
        {
            if (job.Uses?.Value is not YamlScalar uses || uses.HasExpression())
                continue;
            var called = context.Neighbours.FindWorkflow(uses.Text);
            if (called.Refusal is { } why)
                context.Report(LintChecks.WorkflowUnreadable, uses.Place, why, called.IsMissing ? Severity.Warning : Severity.Error);
            CheckInputs(context, job, uses, called);
            CheckSecrets(context, job, uses, called);
        }
    }

    private static void CheckInputs(LintContext context, JobNode job, YamlScalar uses, CalledWorkflow called)
    {
        var with = job.Body.Find("with")?.Value;
        if (called.Inputs is not { } inputs || with.HasExpressionKey())
            return;
        var given = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in with.Entries())
        {
            given.Add(entry.Name);
            if (inputs.TryGetValue(entry.Name, out var input))
                CheckType(context, input, entry.Value);
            else if (!context.IsFull(Severity.Error))
                context.Report(
                    LintChecks.UnknownArgument,
                    entry.Key,
                    $"The workflow '{Hint.Show(uses.Text)}' has no input '{Hint.Show(entry.Name)}'{Hint.For(entry.Name, inputs.Keys)}");
        }

        foreach (var input in called.RequiredInputs.TakeWhile(_ => !context.IsFull(Severity.Error)).Where(input => !given.Contains(input.Name)))
            context.Report(
                LintChecks.MissingArgument,
                uses,
                $"The workflow '{Hint.Show(uses.Text)}' requires input '{Hint.Show(input.Name)}', which is not given under 'with'");
    }

    private static void CheckSecrets(LintContext context, JobNode job, YamlScalar uses, CalledWorkflow called)
    {
        var section = job.Body.Find("secrets")?.Value;
        if (called.Secrets is not { } secrets || section is YamlScalar { Text: not "" } || section.HasExpressionKey())
            return;
        var given = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in section.Entries().TakeWhile(_ => !context.IsFull(Severity.Error)))
        {
            given.Add(entry.Name);
            if (!secrets.ContainsKey(entry.Name))
                context.Report(
                    LintChecks.UnknownArgument,
                    entry.Key,
                    $"The workflow '{Hint.Show(uses.Text)}' takes no secret '{Hint.Show(entry.Name)}'{Hint.For(entry.Name, secrets.Keys)}");
        }

        foreach (var name in called.RequiredSecrets.TakeWhile(_ => !context.IsFull(Severity.Error)).Where(name => !given.Contains(name)))
            context.Report(
                LintChecks.MissingArgument,
                uses,
                $"The workflow '{Hint.Show(uses.Text)}' requires secret '{Hint.Show(name)}', which is not given under 'secrets'; 'secrets: inherit' "
                + "passes all");
    }

    private static void CheckType(LintContext context, CalledInput input, YamlNode given)
    {
        if (given is not YamlScalar value)
            return;
        var type = TypeOf(context, value);
        if (!Fits(input.Type, type))
            context.Report(
                LintChecks.CallInputType,
                value,
                $"Input '{Hint.Show(input.Name)}' is of type {input.Type}, but the value is {(type == ExpressionType.Null ? "null" : $"of type {type}")}");
    }

    /// <summary>Any value is true or false, and a number reads as a text; nothing else is converted.</summary>
    private static bool Fits(ExpressionType input, ExpressionType value) =>
        input == value || input == ExpressionType.Any || value == ExpressionType.Any || input == ExpressionType.Boolean
        || (input == ExpressionType.String && value == ExpressionType.Number);

    private static ExpressionType TypeOf(LintContext context, YamlScalar value)
    {
        if (!value.HasExpression())
            return value.Text.Length == 0 ? ExpressionType.String : ScalarTypes.Of(value);
        if (EmbeddedParts.Of(value.Text).FirstOrDefault() is not { IsWhole: true } part)
            return ExpressionType.String;
        if (context.Document.Walk.At(value.Place) is not { } site || ContextTypes.Parse(part.Text).Expression?.Root is not { } root)
            return ExpressionType.Any;
        return new TypeChecker(part.Text, name => context.Types.TypeOf(name, site), null).Check(root);
    }
}
