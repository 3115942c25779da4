using Capstan.Workflows.Lint;
using Xunit;

namespace Capstan.Workflows.Tests.Lint;

public sealed class LintSettingsTests
{
    [Fact]
    public void Labels_of_own_runners_are_patterns()
    {
        var settings = LintSettingsReader.Read("self-hosted-runner: { labels: [gpu, 'rack-*-fast'] }").Settings;

        Assert.Equal("3 runner-label/unknown-runner-label", Linting.Check(
            "on: push\njobs:\n  a: { runs-on: [gpu, rack-12-fast, rack-12-slow], steps: [ { run: make } ] }", settings: settings));
    }

    [Theory]
    [InlineData("paths: { 'ci.yml': { ignore: ['is unknown'] } }", "")]
    [InlineData("paths: { '**/*.yml': { ignore: ['is unknown'] } }", "")]
    [InlineData("paths: { '*.{yaml,yml}': { ignore: ['^label \"gpu\"'] } }", "")]
    [InlineData("paths: { 'sub/*.yml': { ignore: ['is unknown'] } }", "3 runner-label/unknown-runner-label")]
    [InlineData("paths: { 'ci.yml': { ignore: ['another'] } }", "3 runner-label/unknown-runner-label")]
    public void Messages_are_ignored_by_path(string text, string expected) => Assert.Equal(
        expected,
        Linting.Check("on: push\njobs:\n  a: { runs-on: gpu, steps: [ { run: make } ] }", settings: LintSettingsReader.Read(text).Settings));

    [Theory]
    [InlineData("paths: { a: { ignore: ['('] } }")]
    [InlineData("paths: {")]
    public void A_mistake_in_the_settings_is_told_and_stops_nothing(string text)
    {
        var (settings, mistakes) = LintSettingsReader.Read(text);

        Assert.Single(mistakes);
        Assert.DoesNotContain(settings.Ignored, ignored => ignored.Messages.Count > 0);
    }

    [Theory]
    [InlineData("{{{a,b", "{{{a,b")]
    [InlineData("a}b", "a}b")]
    [InlineData("a?c/**", "abc/d/e")]
    public void A_path_pattern_of_any_form_can_be_matched(string pattern, string path) => Assert.Matches(LintSettingsReader.PathPattern(pattern), path);
}
