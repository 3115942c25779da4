using Capstan.Workflows.Definitions;

namespace Capstan.Workflows.Triggers;

/// <summary>
/// The filters <c>branches</c>, <c>tags</c> and their <c>-ignore</c> forms. A push is judged by the ref pushed; a pull request or merge group by the branch it
/// goes into; a workflow_run by the
/// branch of the run before it.
/// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore
/// </summary>
internal static class RefFilters
{
    public const string BranchPrefix = "refs/heads/";
    public const string TagPrefix = "refs/tags/";

    public static TriggerDecision? Check(TriggerDefinition trigger, TriggerInput input) =>
        trigger.Event == "push" ? CheckPush(trigger, input.Ref) : CheckBranch(trigger, ShortName(input.BaseRef ?? input.Ref));

    private static TriggerDecision? CheckPush(TriggerDefinition trigger, string? @ref)
    {
        var filtersBranches = trigger.Branches is not null || trigger.BranchesIgnore is not null;
        var filtersTags = trigger.Tags is not null || trigger.TagsIgnore is not null;
        if (@ref is not null && @ref.StartsWith("refs/", StringComparison.Ordinal) && !IsBranch(@ref) && !IsTag(@ref))
        {
            return new TriggerDecision(false, $"'{@ref}' is neither a branch nor a tag");
        }

        if (!IsTag(@ref))
        {
            return filtersTags && !filtersBranches
                ? Unnamed(ShortName(@ref), "branch", "tags", trigger.Tags, trigger.TagsIgnore)
                : CheckBranch(trigger, ShortName(@ref));
        }

        var tag = @ref![TagPrefix.Length..];
        return filtersBranches && !filtersTags
            ? Unnamed(tag, "tag", "branches", trigger.Branches, trigger.BranchesIgnore)
            : CheckName("tag", tag, Filter("tags", trigger.Tags), Filter("tags-ignore", trigger.TagsIgnore));
    }

    /// <summary>A push of a branch where only tags are named, or the other way round.</summary>
    private static TriggerDecision Unnamed(string? name, string kind, string named, IReadOnlyList<string>? only, IReadOnlyList<string>? ignore)
    {
        var filter = only is null ? new FilterPatternList(named + "-ignore", ignore!) : new FilterPatternList(named, only);
        return new TriggerDecision(false, $"'{name}' is a {kind}, and only {named} are named")
        {
            Filters = [filter.Trace(FilterOutcome.Refused, name, pattern: null)],
        };
    }

    private static TriggerDecision? CheckBranch(TriggerDefinition trigger, string? branch) =>
        CheckName("branch", branch, Filter("branches", trigger.Branches), Filter("branches-ignore", trigger.BranchesIgnore));

    private static TriggerDecision? CheckName(string kind, string? name, FilterPatternList? only, FilterPatternList? ignore)
    {
        if (only is null && ignore is null)
        {
            return null;
        }

        if (name is null)
        {
            var asks = (only ?? ignore)!;
            return new TriggerDecision(false, $"the event tells no {kind}, which {asks} asks for")
            {
                Filters = [asks.Trace(FilterOutcome.Refused, null, null)],
            };
        }

        var reason = $"{kind} '{name}'";
        var traces = new List<FilterTrace>(1);
        if (only is not null)
        {
            var (isIn, pattern) = only.Decide(name);
            traces.Add(only.Trace(isIn ? FilterOutcome.Passed : FilterOutcome.Refused, name, pattern));
            if (!isIn)
            {
                var why = pattern is null ? $"{reason} matches no pattern of {only}" : $"{reason} is taken out by '{pattern}' of {only.Key}";
                return new TriggerDecision(false, why) { Filters = traces };
            }

            reason = $"{reason} matches '{pattern}' of {only.Key}";
        }

        if (ignore is not null)
        {
            var (isIgnored, pattern) = ignore.Decide(name);
            traces.Add(ignore.Trace(isIgnored ? FilterOutcome.Refused : FilterOutcome.Passed, name, pattern));
            if (isIgnored)
            {
                return new TriggerDecision(false, $"{kind} '{name}' matches '{pattern}' of {ignore.Key}") { Filters = traces };
            }

            reason = $"{reason}{(only is null ? "" : " and")} matches no pattern of {ignore}";
        }

        return new TriggerDecision(true, reason) { Filters = traces };
    }

    internal static bool IsTag(string? @ref) => @ref is not null && @ref.StartsWith(TagPrefix, StringComparison.Ordinal);

    private static bool IsBranch(string @ref) => @ref.StartsWith(BranchPrefix, StringComparison.Ordinal);

    /// <returns>The branch's name; null for a full name of something else.</returns>
    private static string? ShortName(string? @ref) => @ref switch
    {
        null => null,
        _ when IsBranch(@ref) => @ref[BranchPrefix.Length..],
        _ => @ref.StartsWith("refs/", StringComparison.Ordinal) ? null : @ref,
    };

    private static FilterPatternList? Filter(string key, IReadOnlyList<string>? patterns) => patterns is null ? null : new FilterPatternList(key, patterns);
}
