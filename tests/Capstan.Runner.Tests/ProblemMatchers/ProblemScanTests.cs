using Capstan.Runner.ProblemMatchers;
using Xunit;

namespace Capstan.Runner.Tests.ProblemMatchers;

/// <summary>Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md</summary>
public sealed class ProblemScanTests
{
    private const string EslintStylish =
        """
        { "owner": "stylish", "pattern": [
          { "regexp": "^([^\\s].*)$", "file": 1 },
          { "regexp": "^\\s+(\\d+):(\\d+)\\s+(error|warning|info)\\s+(.*)\\s\\s+(.*)$", "line": 1, "column": 2, "severity": 3, "message": 4, "code": 5, "loop": true }
        ] }
        """;

    private const string ThreeLines =
        """
        { "owner": "three", "severity": "warning", "pattern": [
          { "regexp": "^file (.+)$", "file": 1 }, { "regexp": "^line (.+)$", "line": 1 }, { "regexp": "^says (.+)$", "message": 1 }
        ] }
        """;

    private const string OneLine = """{ "owner": "one", "pattern": [{ "regexp": "^(.+):(\\d+): (.+)$", "file": 1, "line": 2, "message": 3 }] }""";

    [Theory]
    [InlineData(OneLine, "a.c:3: bad|nothing|b.c:4: worse", "a.c:3:bad|b.c:4:worse")]
    [InlineData(OneLine, "a.c:x: bad", "")]
    [InlineData(EslintStylish, "test.js|  1:0  error  Missing use strict  strict|  5:10  warning  Unused var  no-unused|", "test.js:1:Missing use strict|test.js:5:Unused var")]
    [InlineData(EslintStylish, "test.js|  1:0  error  One  a|between|  5:10  error  Two  b", "test.js:1:One|between:5:Two")]
    [InlineData(EslintStylish, "test.js|| 5:10  error  Two  b", "")]
    [InlineData(ThreeLines, "file a|line 1|says x|says y", "a:1:x")]
    [InlineData(ThreeLines, "file a|file b|line 2|says x", "b:2:x")]
    [InlineData(ThreeLines, "file a|line 1|nothing|says x", "")]
    [InlineData(ThreeLines, "file a|line 1|file b|line 2|says x", "b:2:x")]
    public void Patterns_match_one_line_after_the_other(string matcher, string output, string expected)
    {
        Assert.Equal(expected, Scan(output, matcher));
    }

    [Fact]
    public void The_matcher_that_was_added_last_is_asked_first_and_takes_the_line()
    {
        var other = OneLine.Replace("one", "two", StringComparison.Ordinal).Replace("(.+):(\\\\d+): (.+)", "(.+):(\\\\d+): b(.+)", StringComparison.Ordinal);

        Assert.Equal("a.c:3:ad", Scan("a.c:3: bad", OneLine, other));
    }

    [Fact]
    public void A_match_makes_half_matched_problems_of_other_matchers_begin_anew()
    {
        Assert.Equal("x.c:1:hit", Scan("file a|x.c:1: hit|line 1|says x", ThreeLines, OneLine));
    }

    [Fact]
    public void A_matcher_of_the_same_owner_replaces_the_one_before_and_removal_ends_it()
    {
        var matchers = new JobMatchers();
        matchers.Add(Read(OneLine));
        matchers.Add(Read(OneLine.Replace("\"one\"", "\"ONE\"", StringComparison.Ordinal)));
        Assert.Equal("ONE", Assert.Single(matchers.Current).Owner);

        var scan = new ProblemScan(matchers);
        Assert.Single(scan.Look("a.c:3: bad"));
        matchers.Remove("one");
        Assert.Empty(scan.Look("a.c:3: bad"));
        Assert.False(scan.IsActive);
    }

    [Fact]
    public void A_matcher_that_is_added_leaves_the_others_where_they_are()
    {
        var matchers = new JobMatchers();
        matchers.Add(Read(ThreeLines));
        var scan = new ProblemScan(matchers);
        Assert.Empty(scan.Look("file a"));
        matchers.Add(Read(OneLine));
        Assert.Empty(scan.Look("line 1"));

        Assert.Single(scan.Look("says x"));
    }

    [Theory]
    [InlineData("\u001b[31ma.c:3:\u001b[0m bad\u001b[K")]
    [InlineData("\u001b[1;38;5;9ma.c:3: bad")]
    public void Colours_are_no_part_of_a_line(string line)
    {
        Assert.Equal("a.c:3:bad", Scan(line, OneLine));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_is_given_up_and_the_other_matchers_go_on()
    {
        const string Catastrophic = """{ "owner": "slow", "pattern": [{ "regexp": "^(([a-z])+.)+[A-Z]([a-z])+$", "message": 1 }] }""";
        var matchers = new JobMatchers();
        matchers.Add(Read(OneLine));
        matchers.Add(Read(Catastrophic));
        var scan = new ProblemScan(matchers);

        var results = scan.Look(new string('a', 60) + ":1: found").ToList();

        Assert.Equal("slow", Assert.IsType<ScanResult.GivenUp>(results[0]).Owner);
        Assert.Equal("found", Assert.IsType<ScanResult.Found>(results[1]).Problem.Message);
        Assert.Single(scan.Look(new string('a', 60) + ":1: found"));
    }

    private static string Scan(string output, params string[] matchers)
    {
        var job = new JobMatchers();
        foreach (var matcher in matchers) job.Add(Read(matcher));
        var scan = new ProblemScan(job);
        var found = output.Split('|').SelectMany(line => scan.Look(line).Take(1)).OfType<ScanResult.Found>();
        return string.Join('|', found.Select(result => $"{result.Problem.File}:{result.Problem.Line}:{result.Problem.Message!.Trim()}"));
    }

    private static IReadOnlyList<ProblemMatcher> Read(string matcher)
    {
        var content = MatcherFile.Read($$"""{ "problemMatcher": [{{matcher}}] }""");
        Assert.Empty(content.Mistakes);
        return content.Matchers;
    }
}
