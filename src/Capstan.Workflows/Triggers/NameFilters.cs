using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// The filters for what an event is about: <c>workflows</c> of workflow_run, <c>names</c> and <c>versions</c> of image_version. A name that stands in a filter as it is fits, whatever signs it
/// has; else the filter's entries are patterns.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
/// </summary>
internal static class NameFilters
{
    public static TriggerDecision? Check(TriggerDefinition trigger, TriggerInput input)
    {
        TriggerDecision? decision = null;
        foreach (var (key, what, patterns, name) in ((string, string, IReadOnlyList<string>?, string?)[])
        [
            ("workflows", "workflow", trigger.Workflows, input.Workflow),
            ("names", "image", trigger.Names, input.ImageName),
            ("versions", "version", trigger.Versions, input.ImageVersion),
        ])
        {
            if (patterns is null)
                continue;
            var found = Decide(key, what, patterns, name);
            var traces = decision is null ? found.Filters : [.. decision.Filters, .. found.Filters];
            decision = decision is null || !found.Fires
                ? found with { Filters = traces }
                : found with { Why = $"{decision.Why}; {found.Why}", Filters = traces };
            if (!found.Fires)
                break;
        }

        return decision;
    }

    private static TriggerDecision Decide(string key, string what, IReadOnlyList<string> patterns, string? name)
    {
        var filter = new FilterPatternList(key, patterns);
        var list = $"{key} ({string.Join(", ", patterns)})";
        if (name is null)
            return new TriggerDecision(true, $"{list} was not checked: the event tells no {what}")
            {
                Filters = [filter.Trace(FilterOutcome.NotChecked, null, null)],
            };
        if (patterns.Contains(name, StringComparer.Ordinal))
            return new TriggerDecision(true, $"{what} '{name}' is in {list}") { Filters = [filter.Trace(FilterOutcome.Passed, name, name)] };

        var (isIn, pattern) = filter.Decide(name);
        if (isIn)
            return new TriggerDecision(true, $"{what} '{name}' matches '{pattern}' of {key}") { Filters = [filter.Trace(FilterOutcome.Passed, name, pattern)] };
        var why = pattern is null ? $"{what} '{name}' is not in {list}" : $"{what} '{name}' is taken out by '{pattern}' of {key}";
        return new TriggerDecision(false, why) { Filters = [filter.Trace(FilterOutcome.Refused, name, pattern)] };
    }
}
