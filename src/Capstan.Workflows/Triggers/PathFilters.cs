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

        if (input.ChangedPaths?.Value is not { } changed)
        {
            return new TriggerDecision(true, $"{(trigger.Paths is null ? "paths-ignore" : "paths")} was not checked: the changed paths cannot be told");
        }

        var only = trigger.Paths is null ? null : CheckOnly(new FilterPatternList("paths", trigger.Paths), changed);
        if (only is { Fires: false } || trigger.PathsIgnore is null)
        {
            return only;
        }

        var ignore = CheckIgnore(new FilterPatternList("paths-ignore", trigger.PathsIgnore), changed);
        return ignore.Fires && only is not null ? ignore with { Why = $"{only.Why}; {ignore.Why}" } : ignore;
    }

    private static TriggerDecision CheckOnly(FilterPatternList filter, IReadOnlyList<string> changed)
    {
        string? takenOutBy = null;
        foreach (var path in changed)
        {
            var (isIn, pattern) = filter.Decide(path);
            if (isIn)
            {
                return new TriggerDecision(true, $"changed path '{path}' matches '{pattern}' of {filter.Key}");
            }

            takenOutBy ??= pattern;
        }

        var taken = takenOutBy is null ? "" : $"; '{takenOutBy}' takes out what others match";
        return new TriggerDecision(false, $"{Describe(changed)} matches {filter}{taken}") { Filter = filter.Key, Pattern = takenOutBy };
    }

    private static TriggerDecision CheckIgnore(FilterPatternList filter, IReadOnlyList<string> changed)
    {
        string? lastPattern = null;
        foreach (var path in changed)
        {
            var (isIgnored, pattern) = filter.Decide(path);
            if (!isIgnored)
            {
                return new TriggerDecision(true, $"changed path '{path}' is not matched by {filter}");
            }

            lastPattern = pattern;
        }

        var why = changed.Count == 0 ? "no path changed" : $"all changed paths ({changed.Count}) match {filter}";
        return new TriggerDecision(false, why) { Filter = filter.Key, Pattern = lastPattern };
    }

    private static string Describe(IReadOnlyList<string> changed) => changed.Count switch
    {
        0 => "no path changed, so none",
        1 => $"the only changed path, '{changed[0]}', is not one that",
        _ => $"none of the {changed.Count} changed paths",
    };
}
