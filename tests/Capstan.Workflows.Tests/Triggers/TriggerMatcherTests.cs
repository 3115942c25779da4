using Capstan.Workflows.Definitions;
using Capstan.Workflows.Triggers;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

public sealed class TriggerMatcherTests
{
    private static readonly TriggerDefinition Push = new("push", default);
    private static readonly TriggerDefinition PullRequest = new("pull_request", default);

    [Fact]
    public void An_event_that_is_not_named_does_not_fire() =>
        Check(false, "'on' does not name push, only pull_request, issues", [PullRequest, new("issues", default)], Pushed("refs/heads/main"));

    [Fact]
    public void Without_filters_every_branch_and_tag_fires()
    {
        Check(true, "'on' names push, without filters", [Push], Pushed("refs/heads/main"));
        Check(true, "'on' names push, without filters", [Push], Pushed("refs/tags/v1"));
        Check(false, "'refs/notes/x' is neither a branch nor a tag", [Push], Pushed("refs/notes/x"));
    }

    public static TheoryData<string, string, bool, string> RefCases => new()
    {
        { "branches: main releases/**", "refs/heads/releases/1/2", true, "branch 'releases/1/2' matches 'releases/**' of branches" },
        { "branches: main", "main", true, "branch 'main' matches 'main' of branches" },
        { "branches: main", "refs/heads/feature", false, "branch 'feature' matches no pattern of branches (main)" },
        { "branches: releases/** !releases/**-alpha", "refs/heads/releases/1-alpha", false, "branch 'releases/1-alpha' is taken out by '!releases/**-alpha' of branches" },
        { "branches: ** !a* a1", "refs/heads/a1", true, "branch 'a1' matches 'a1' of branches" },
        { "branches: !main", "refs/heads/other", false, "branch 'other' matches no pattern of branches (!main)" },
        { "branches-ignore: wip/**", "refs/heads/wip/x", false, "branch 'wip/x' matches 'wip/**' of branches-ignore" },
        { "branches-ignore: wip/**", "refs/heads/main", true, "branch 'main' matches no pattern of branches-ignore (wip/**)" },
        { "branches: main", "refs/tags/main", false, "'main' is a tag, and only branches are named" },
        { "branches-ignore: main", "refs/tags/v1", false, "'v1' is a tag, and only branches are named" },
        { "tags: v*", "refs/tags/v1", true, "tag 'v1' matches 'v*' of tags" },
        { "tags: v*", "refs/heads/v1", false, "'v1' is a branch, and only tags are named" },
        { "tags-ignore: v*", "refs/tags/v1", false, "tag 'v1' matches 'v*' of tags-ignore" },
        { "tags: v*; branches: main", "refs/heads/main", true, "branch 'main' matches 'main' of branches" },
        { "tags: v*; branches: main", "refs/tags/v2", true, "tag 'v2' matches 'v*' of tags" },
        { "tags: v*; branches: main", "refs/tags/x", false, "tag 'x' matches no pattern of tags (v*)" },
    };

    [Theory]
    [MemberData(nameof(RefCases))]
    public void A_push_is_judged_by_its_ref(string filters, string @ref, bool fires, string why) => Check(fires, why, [With(Push, filters)], Pushed(@ref));

    public static TheoryData<string, string, bool, string> PathCases => new()
    {
        { "paths: src/**", "README.md src/a.cs", true, "changed path 'src/a.cs' matches 'src/**' of paths" },
        { "paths: src/**", "README.md", false, "the only changed path, 'README.md', is not one that matches paths (src/**)" },
        { "paths: src/**", "README.md docs/x", false, "none of the 2 changed paths matches paths (src/**)" },
        { "paths: src/** !src/docs/**", "src/docs/a", false, "the only changed path, 'src/docs/a', is not one that matches paths (src/**, !src/docs/**); '!src/docs/**' takes out what others match" },
        { "paths: *.md !README.md README*", "README.md", true, "changed path 'README.md' matches 'README*' of paths" },
        { "paths: src/**", "", false, "no path changed, so none matches paths (src/**)" },
        { "paths-ignore: docs/** *.md", "docs/a README.md", false, "all changed paths (2) match paths-ignore (docs/**, *.md)" },
        { "paths-ignore: docs/**", "docs/a src/x", true, "changed path 'src/x' is not matched by paths-ignore (docs/**)" },
        { "paths-ignore: docs/**", "", false, "no path changed" },
        { "branches: main; paths: src/**", "src/x", true, "branch 'main' matches 'main' of branches; changed path 'src/x' matches 'src/**' of paths" },
        { "branches: other; paths: src/**", "src/x", false, "branch 'main' matches no pattern of branches (other)" },
    };

    [Theory]
    [MemberData(nameof(PathCases))]
    public void A_push_to_a_branch_is_judged_by_its_paths(string filters, string changed, bool fires, string why) =>
        Check(fires, why, [With(Push, filters)], Pushed("refs/heads/main", Words(changed)));

    [Fact]
    public void Paths_are_asked_for_only_when_a_filter_needs_them()
    {
        var input = Pushed("refs/heads/main") with { ChangedPaths = new(() => throw new InvalidOperationException("asked")) };

        Check(true, "'on' names push, without filters", [Push], input);
        Check(false, "branch 'main' matches no pattern of branches (other)", [With(Push, "branches: other; paths: a")], input);
        Check(true, "tag 'v1' matches '*' of tags", [With(Push, "tags: *; paths: a")], input with { Ref = "refs/tags/v1" });
    }

    [Fact]
    public void Paths_that_cannot_be_told_let_pass()
    {
        Check(true, "paths was not checked: the changed paths cannot be told", [With(Push, "paths: a")], Pushed("refs/heads/main"));
        Check(true, "paths-ignore was not checked: the changed paths cannot be told", [With(Push, "paths-ignore: a")], Pushed("refs/heads/main", null));
    }

    public static TheoryData<string, string?, string?, bool, string> TypeCases => new()
    {
        { "pull_request", null, "opened", true, "'on' names pull_request, without filters" },
        { "pull_request", null, "labeled", false, "activity type 'labeled' is not among the default ones of pull_request (opened, synchronize, reopened); name it under types" },
        { "pull_request", "labeled closed", "labeled", true, "activity type 'labeled' is in types (labeled, closed)" },
        { "pull_request", "labeled", "opened", false, "activity type 'opened' is not in types (labeled)" },
        { "pull_request", "labeled", null, true, "types (labeled) was not checked: the event tells no activity type" },
        { "issues", null, "field_added", true, "'on' names issues, without filters" },
        { "check_suite", null, "requested", false, "activity type 'requested' is not among the default ones of check_suite (completed); name it under types" },
        { "repository_dispatch", null, "anything", true, "'on' names repository_dispatch, without filters" },
        { "repository_dispatch", "deploy", "anything", false, "activity type 'anything' is not in types (deploy)" },
        { "schedule", null, null, true, "'on' names schedule, without filters" },
    };

    [Theory]
    [MemberData(nameof(TypeCases))]
    public void Activity_types_have_defaults(string @event, string? types, string? action, bool fires, string why) => Check(
        fires,
        why,
        [new TriggerDefinition(@event, default) { Types = types is null ? null : Words(types) }],
        new TriggerInput { Event = @event, Action = action });

    [Fact]
    public void A_pull_request_is_judged_by_the_branch_it_goes_into()
    {
        var trigger = With(PullRequest, "branches: main; paths: src/**");
        var input = new TriggerInput { Event = "pull_request", Action = "opened", Ref = "refs/pull/1/merge", BaseRef = "main", ChangedPaths = new(["src/a"]) };

        Check(true, "branch 'main' matches 'main' of branches; changed path 'src/a' matches 'src/**' of paths", [trigger], input);
        Check(true, "branch 'main' matches 'main' of branches; changed path 'src/a' matches 'src/**' of paths", [trigger], input with { BaseRef = "refs/heads/main" });
        Check(false, "branch 'next' matches no pattern of branches (main)", [trigger], input with { BaseRef = "next" });
        Check(false, "the event tells no branch, which branches (main) asks for", [trigger], input with { BaseRef = null });
    }

    public static TheoryData<string, string, string> TraceCases => new()
    {
        { "branches-ignore: wip/**", "refs/heads/wip/x", "branches-ignore refused 'wip/x' by 'wip/**' of wip/**" },
        { "branches: main next", "refs/heads/x", "branches refused 'x' by none of main next" },
        { "branches: main; paths: src/**", "refs/heads/main", "branches passed 'main' by 'main' of main, paths passed 'src/b' by 'src/**' of src/** (2 changed)" },
        { "paths: docs/**", "refs/heads/main", "paths refused 'a' by none of docs/** (2 changed)" },
        { "paths: ** !src/**; paths-ignore: a", "refs/heads/main", "paths passed 'a' by '**' of ** !src/** (2 changed), paths-ignore passed 'src/b' by none of a (2 changed)" },
        { "tags-ignore: v*", "refs/heads/main", "tags-ignore refused 'main' by none of v*" },
        { "tags: v*", "refs/tags/v1", "tags passed 'v1' by 'v*' of v*" },
    };

    [Theory]
    [MemberData(nameof(TraceCases))]
    public void The_trace_has_every_filter_asked_with_its_value_and_pattern(string filters, string @ref, string trace)
    {
        var decision = TriggerMatcher.Decide([With(Push, filters)], Pushed(@ref, ["a", "src/b"]));

        Assert.Equal(trace, string.Join(", ", decision.Filters.Select(Show)));
        Assert.Equal(!decision.Fires, decision.Refusal is not null);

        static string Show(FilterTrace filter) =>
            $"{filter.Filter} {filter.Outcome.ToString().ToLowerInvariant()} '{filter.Value}' by {(filter.Pattern is null ? "none" : $"'{filter.Pattern}'")} of {string.Join(' ', filter.Patterns)}"
            + (filter.ChangedPaths is { } changed ? $" ({changed} changed)" : "");
    }

    [Fact]
    public void The_trace_as_json_has_stable_names()
    {
        var decision = TriggerMatcher.Decide([With(PullRequest, "branches: main; paths: a") with { Types = ["opened"] }], new TriggerInput { Event = "pull_request", BaseRef = "main" });

        Assert.Equal(
            """[{"filter":"types","outcome":"not_checked","value":null,"pattern":null,"patterns":["opened"]},{"filter":"branches","outcome":"passed","value":"main","pattern":"main","patterns":["main"]},{"filter":"paths","outcome":"not_checked","value":null,"pattern":null,"patterns":["a"]}]""",
            FilterTraceJson.ToText(decision.Filters));
    }

    private static void Check(bool fires, string why, IReadOnlyList<TriggerDefinition> triggers, TriggerInput input)
    {
        var decision = TriggerMatcher.Decide(triggers, input);
        Assert.Equal((fires, why), (decision.Fires, decision.Why));
    }

    private static TriggerInput Pushed(string @ref) => new() { Event = "push", Ref = @ref };

    private static TriggerInput Pushed(string @ref, IReadOnlyList<string>? changed) => Pushed(@ref) with { ChangedPaths = new(changed) };

    /// <summary>"key: pattern pattern; key: pattern"</summary>
    private static TriggerDefinition With(TriggerDefinition trigger, string filters)
    {
        var lists = filters.Split("; ").Select(filter => filter.Split(": ")).ToDictionary(filter => filter[0], filter => Words(filter[1]));
        return trigger with
        {
            Branches = lists.GetValueOrDefault("branches"),
            BranchesIgnore = lists.GetValueOrDefault("branches-ignore"),
            Tags = lists.GetValueOrDefault("tags"),
            TagsIgnore = lists.GetValueOrDefault("tags-ignore"),
            Paths = lists.GetValueOrDefault("paths"),
            PathsIgnore = lists.GetValueOrDefault("paths-ignore"),
        };
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
