using Capstan.Workflows.Definitions;
using Capstan.Workflows.Lint.Document;
using Capstan.Workflows.Yaml;

namespace Capstan.Workflows.Lint.Rules;

/// <summary>
/// Steps that use an action: its reference, and for an action of the same repository its manifest and the inputs given.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
/// </summary>
internal sealed class ActionRule : ILintRule
{
    public void Check(LintContext context)
    {
        var told = new HashSet<LocalAction>(ReferenceEqualityComparer.Instance);
        foreach (var step in context.Document.Jobs.SelectMany(job => job.Steps))
        {
            if (step.Uses is not { } uses || uses.HasExpression())
                continue;
            if (ActionReference.IsDocker(uses.Text))
                CheckImage(context, uses);
            else if (!context.IsRefused(uses.Place))
                CheckReference(context, uses);
            if (context.Neighbours.FindAction(uses.Text) is not { } action)
                continue;
            if (told.Add(action))
            {
                foreach (var mistake in action.Mistakes)
                    context.Report(LintChecks.BadMetadata, uses, $"{action.Path}:{mistake.Place}: {mistake.Message}");
            }

            if (action.IsReadable && !step.With.HasExpressionKey())
                CheckInputs(context, step, uses, action);
        }
    }

    /// <summary>Of a reference that the language takes: whether there can be such a repository and commit.</summary>
    private static void CheckReference(LintContext context, YamlScalar uses)
    {
        var reference = ActionReference.Parse(uses.Text);
        if (reference is ActionReference.Unknown)
            context.Report(
                LintChecks.BadActionRef,
                uses.Place,
                $"'{Hint.Show(uses.Text)}' names no repository: expected is owner/repository[/path]@ref, without the address of a server",
                Severity.Warning);
        else if (reference is ActionReference.Remote { Ref: var name } && IsShortCommit(name))
            context.Report(LintChecks.ShortCommit, uses, $"'{name}' looks like a commit id that is cut short: write all of its 40 or 64 digits, or a tag or branch");
    }

    /// <summary>Letters and digits both: a date or a word is a tag.</summary>
    private static bool IsShortCommit(string name) =>
        name.Length is >= 7 and < 40 && name.All(char.IsAsciiHexDigitLower) && name.Any(char.IsAsciiDigit) && name.Any(char.IsAsciiLetter);

    private static void CheckImage(LintContext context, YamlScalar uses)
    {
        var image = uses.Text[ActionReference.DockerPrefix.Length..];
        var colon = image.LastIndexOf(':');
        if (image.Length == 0 || colon == 0)
            context.Report(LintChecks.BadActionRef, uses, "'docker://' must be followed by the name of an image");
        else if (colon == image.Length - 1)
            context.Report(LintChecks.BadActionRef, uses, $"'{Hint.Show(uses.Text)}' names no tag behind the ':'");
    }

    private static void CheckInputs(LintContext context, StepNode step, YamlScalar uses, LocalAction action)
    {
        var given = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in step.With.Entries().TakeWhile(_ => !context.IsFull(Severity.Warning)))
        {
            given.Add(entry.Name);
            if (!action.Inputs.TryGetValue(entry.Name, out var input))
                context.Report(
                    LintChecks.UnknownInput,
                    entry.Key,
                    $"The action '{Hint.Show(uses.Text)}' has no input '{Hint.Show(entry.Name)}'{Hint.For(entry.Name, action.Inputs.Keys)}");
            else if (input is { Deprecation: { } why, Required: false })
                context.Report(
                    LintChecks.DeprecatedInput,
                    entry.Key,
                    $"Input '{Hint.Show(entry.Name)}' of '{Hint.Show(uses.Text)}' is deprecated{(why.Trim().Length == 0 ? "" : $": {Hint.Show(why.Trim())}")}");
        }

        foreach (var missing in action.RequiredInputs.TakeWhile(_ => !context.IsFull(Severity.Warning)).Where(input => !given.Contains(input.Name)))
            context.Report(
                LintChecks.MissingInput,
                uses,
                $"The action '{Hint.Show(uses.Text)}' requires input '{Hint.Show(missing.Name)}', which is not given under 'with'");
    }
}
