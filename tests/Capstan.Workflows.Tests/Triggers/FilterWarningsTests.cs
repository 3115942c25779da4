using Capstan.Workflows.Definitions;
using Xunit;

namespace Capstan.Workflows.Tests.Triggers;

/// <summary>What a person who writes a wrong pattern is told when the workflow is read.</summary>
public sealed class FilterWarningsTests
{
    [Theory]
    [InlineData("branches: ['^foo-']", "'^foo-' of 'branches' matches nothing: '^' cannot occur in the name of a branch or tag; the pattern is no regular expression (at character 1)")]
    [InlineData("tags-ignore: 'v[9-1]'", "'v[9-1]' of 'tags-ignore' matches nothing: '9-1' is no range: the ends must be both of a-z, A-Z or 0-9, the lower first (at character 5)")]
    [InlineData("paths: [./foo]", "'./foo' of 'paths' matches nothing: Paths are relative to the repository's root and know no '.' and '..' (at character 1)")]
    [InlineData("branches: ['!main', '!wip/**']", "'branches' has only patterns with '!', which take away from those before them, so it matches nothing: begin with one without '!', for example '**', or use 'branches-ignore' without the '!'")]
    [InlineData("paths: '!docs/**'", "'paths' has only patterns with '!', which take away from those before them, so it matches nothing: begin with one without '!', for example '**', or use 'paths-ignore' without the '!'")]
    [InlineData("branches: ['**', '!wip/**'], tags: 'v[0-9]+.*', paths: ['*.jsx?', '!docs/**']", null)]
    public void A_pattern_that_matches_nothing_is_a_warning(string filters, string? message)
    {
        var result = WorkflowReader.Read("ci.yml", $$$"""
            on: {push: { {{{filters}}} }}
            jobs: {a: {runs-on: x, steps: [{run: y}]}}
            """);

        Assert.NotNull(result.Definition);
        Assert.Equal(message is null ? [] : [message], result.Diagnostics.Select(diagnostic => diagnostic.Message));
        Assert.All(result.Diagnostics, diagnostic => Assert.Equal((Severity.Warning, "filter-pattern", 1), (diagnostic.Severity, diagnostic.Code, diagnostic.Place.Line)));
    }
}
