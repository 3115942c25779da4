using Capstan.Runner.ProblemMatchers;
using Xunit;

namespace Capstan.Runner.Tests.ProblemMatchers;

/// <summary>Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md</summary>
public sealed class MatcherFileTests
{
    [Fact]
    public void A_file_gives_its_matchers_with_owner_severity_and_patterns()
    {
        var content = MatcherFile.Read(
            """
            {
              // Editors allow comments, and so do we.
              "$schema": "x", "problemMatcher": [
                { "owner": "one", "severity": "Warning", "applyTo": "allDocuments", "pattern": [{ "regexp": "^(.+)$", "message": 1, "kind": "file" }] },
                { "owner": "two", "pattern": [{ "regexp": "^(.+):$", "file": "1" }, { "regexp": "^  (.+)$", "message": 1, "loop": true }] },
              ]
            }
            """);

        Assert.Empty(content.Mistakes);
        Assert.Equal([("one", "Warning", 1), ("two", "", 2)], content.Matchers.Select(m => (m.Owner, m.Severity, m.Patterns.Count)));
        Assert.True(content.Matchers[1].Patterns[1].Loop);
    }

    [Theory]
    [InlineData("{", "it is no JSON")]
    [InlineData("[]", "must be an object with the property 'problemMatcher'")]
    [InlineData("""{"problemMatcher": {}}""", "'problemMatcher' must be a list")]
    [InlineData("""{"problemMatcher": [{"pattern": [{"regexp": "x", "message": 0}]}]}""", "Owner must not be empty")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "x", "message": 0}]}, {"owner": "A", "pattern": [{"regexp": "x", "message": 0}]}]}""", "Duplicate owner name 'A'")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "severity": "fatal", "pattern": [{"regexp": "x", "message": 0}]}]}""", "unexpected default severity 'fatal'")]
    [InlineData("""{"problemMatcher": [{"owner": "a"}]}""", "does not contain any patterns")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": []}]}""", "does not contain any patterns")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": ["x"]}]}""", "pattern 1: it must be an object")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x", "message": 0}]}]}""", "pattern 1: The regular expression cannot be read")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x)", "file": 1}]}]}""", "at least one pattern must set 'message'")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x)", "message": 2}]}]}""", "'message' is set to 2 which is out of range: the expression has the groups 0 to 1")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "x", "message": "one"}]}]}""", "'message' must be the number of a group, and is \"one\"")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x)", "message": 1}, {"regexp": "(x)", "message": 1}]}]}""", "pattern 2: The property 'message' is set twice")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x)", "message": 1, "loop": true}]}]}""", "Only the last pattern in a multiline matcher may set 'loop'")]
    [InlineData("""{"problemMatcher": [{"owner": "a", "pattern": [{"regexp": "(x)", "message": 1}, {"regexp": "(x)", "file": 1, "loop": true}]}]}""", "The loop pattern must set 'message'")]
    public void A_mistake_is_named_with_its_matcher_and_pattern(string json, string mistake)
    {
        var content = MatcherFile.Read(json);

        Assert.Contains(content.Mistakes, found => found.Contains(mistake, StringComparison.Ordinal));
    }

    [Fact]
    public void All_mistakes_of_a_file_are_named_at_once()
    {
        var content = MatcherFile.Read("""{"problemMatcher": [{"owner": "a", "severity": "x", "pattern": [{"regexp": "(", "file": 1}]}, {}]}""");

        Assert.Equal(5, content.Mistakes.Count);
    }

    [Fact]
    public void A_file_without_matchers_is_no_mistake()
    {
        Assert.Empty(MatcherFile.Read("{}").Mistakes);
    }
}
