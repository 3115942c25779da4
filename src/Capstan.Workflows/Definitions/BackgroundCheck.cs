using Capstan.Workflows.Templates;

namespace Capstan.Workflows.Definitions;

/// <summary>
/// The steps that steer background steps: what <c>wait</c> and <c>cancel</c> name must stand above them.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsbackground
/// </summary>
internal sealed class BackgroundCheck(Findings findings)
{
    /// <summary>The ids of the steps so far, and whether each runs in the background.</summary>
    private readonly Dictionary<string, bool> above = new(StringComparer.Ordinal);

    public void Run(IEnumerable<MappingToken> steps)
    {
        foreach (var step in steps)
        {
            var id = step.Find("id").Text();
            foreach (var target in step.Find("wait").TextTokens())
                CheckTarget(target, id, "wait for");
            foreach (var target in step.Find("cancel").TextTokens())
                CheckTarget(target, id, "cancel");
            if (step.Find("wait-all") is BooleanToken { Value: false } value)
                findings.Error(value.Place, "background", "The value of 'wait-all' must be true, or left out");
            Remember(step, id);
        }
    }

    private void Remember(MappingToken step, string? id)
    {
        if (id is not null)
            above.TryAdd(id, step.Find("background").IsTrue());
        if (step.Find("parallel") is not SequenceToken members)
            return;
        foreach (var member in members.Items.OfType<MappingToken>())
        {
            if (member.Find("id").Text() is { } memberId)
                above.TryAdd(memberId, false);
        }
    }

    private void CheckTarget(StringToken target, string? own, string verb)
    {
        var isKnown = above.TryGetValue(target.Value, out var isBackground);
        if (!isKnown && findings.IsFull(Severity.Error))
            return;
        if (target.Value.StartsWith(Identifiers.ReservedPrefix, StringComparison.Ordinal))
            findings.Error(
                target.Place,
                "background",
                $"The identifier '{Suggestion.Show(target.Value)}' is invalid. IDs starting with '{Identifiers.ReservedPrefix}' are reserved");
        else if (string.Equals(target.Value, own, StringComparison.OrdinalIgnoreCase))
            findings.Error(target.Place, "background", $"Step '{own}' cannot {verb} itself");
        else if (!isKnown)
            findings.Error(
                target.Place,
                "background",
                $"Step references unknown step ID '{Suggestion.Show(target.Value)}': it must be the 'id' of a step above{Suggestion.DidYouMean(target.Value, above.Keys)}");
        else if (!isBackground)
            findings.Warning(
                target.Place,
                "background",
                $"There is nothing to {verb}: step '{target.Value}' does not run in the background and has ended by now");
    }
}
