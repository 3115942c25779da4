using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// The filters <c>paths</c> (one changed path must be in) and <c>paths-ignore</c> (one must be out). They are not asked for pushes of tags.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore
/// </summary>
internal static class PathFilters
{
    public static TriggerDecision? Check(TriggerDefinition trigger, TriggerInput input)
    {
        if ((trigger.Paths is null && trigger.PathsIgnore is null) || (trigger.Event == "push" && RefFilters.IsTag(input.Ref)))
        {
            return null;
        }

        var only = trigger.Paths is null ? null : new FilterPatternList("paths", trigger.Paths);
        var ignore = trigger.PathsIgnore is null ? null : new FilterPatternList("paths-ignore", trigger.PathsIgnore);
        if (input.ChangedPaths?.Value is not { } changed)
        {
            var asked = (only ?? ignore)!;
            return new TriggerDecision(true, $"{asked.Key} was not checked: the changed paths cannot be told")
            {
                Filters = [asked.Trace(FilterOutcome.NotChecked, null, null)],
            };
        }

        var taken = only is null ? null : CheckOnly(only, changed);
        if (taken is { Fires: false } || ignore is null)
        {
            return taken;
        }

        var left = CheckIgnore(ignore, changed);
        return left with
        {
            Why = left.Fires && taken is not null ? $"{taken.Why}; {left.Why}" : left.Why,
            Filters = [.. taken?.Filters ?? [], .. left.Filters],
        };
    }

    private static TriggerDecision CheckOnly(FilterPatternList filter, IReadOnlyList<string> changed)
    {
        string? takenOutBy = null;
        foreach (var path in changed)
        {
            var (isIn, pattern) = filter.Decide(path);
            if (isIn)
            {
                return Decided(FilterOutcome.Passed, filter, path, pattern, changed, $"changed path '{path}' matches '{pattern}' of {filter.Key}");
            }

            takenOutBy ??= pattern;
        }

        var taken = takenOutBy is null ? "" : $"; '{takenOutBy}' takes out what others match";
        return Decided(
            FilterOutcome.Refused,
            filter,
            changed.Count > 0 ? changed[0] : null,
            takenOutBy,
            changed,
            $"{Describe(changed)} matches {filter}{taken}");
    }

    private static TriggerDecision CheckIgnore(FilterPatternList filter, IReadOnlyList<string> changed)
    {
        string? lastPattern = null;
        foreach (var path in changed)
        {
            var (isIgnored, pattern) = filter.Decide(path);
            if (!isIgnored)
            {
                return Decided(FilterOutcome.Passed, filter, path, pattern, changed, $"changed path '{path}' is not matched by {filter}");
            }

            lastPattern = pattern;
        }

        var why = changed.Count == 0 ? "no path changed" : $"all changed paths ({changed.Count}) match {filter}";
        return Decided(FilterOutcome.Refused, filter, changed.Count > 0 ? changed[^1] : null, lastPattern, changed, why);
    }

    private static TriggerDecision Decided(
        FilterOutcome outcome, FilterPatternList filter, string? path, string? pattern, IReadOnlyList<string> changed, string why) =>
        new(outcome == FilterOutcome.Passed, why) { Filters = [filter.Trace(outcome, path, pattern) with { ChangedPaths = changed.Count }] };

    private static string Describe(IReadOnlyList<string> changed) => changed.Count switch
    {
        0 => "no path changed, so none",
        1 => $"the only changed path, '{changed[0]}', is not one that",
        _ => $"none of the {changed.Count} changed paths",
    };
}
